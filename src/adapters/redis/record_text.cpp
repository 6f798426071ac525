#include "adapters/redis/record_text.hpp"

#include <charconv>

#include "adapters/redis/reply.hpp"
#include "base/hexadecimal.hpp"

namespace hourglass::adapters {
namespace {

constexpr std::size_t kBootDigits = 16;

std::optional<cluster::BootId> parse_boot(std::string_view text) {
  std::uint64_t boot = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), boot, 16);
  const bool is_boot = text.size() == kBootDigits && fault == std::errc{} && end == text.data() + text.size();
  return is_boot ? std::optional(cluster::BootId{boot}) : std::nullopt;
}

}  // namespace

std::string boot_text(cluster::BootId boot) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8)
    base::append_hex(text, static_cast<std::uint8_t>(boot.value() >> static_cast<unsigned>(shift)));
  return text;
}

std::string last_record_text(const cluster::LastRecord& last) {
  return std::to_string(last.offset.value()) + ' ' + boot_text(last.identity.boot) + ' ' +
         std::to_string(last.identity.sequence);
}

std::optional<cluster::LastRecord> parse_last_record(std::string_view text) {
  const std::size_t first = text.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  if (second == std::string_view::npos)
    return std::nullopt;
  const auto offset = number_of(text.substr(0, first));
  const auto boot = parse_boot(text.substr(first + 1, second - first - 1));
  const auto sequence = number_of(text.substr(second + 1));
  if (!offset || !boot || !sequence || *sequence < 0)
    return std::nullopt;
  return cluster::LastRecord{cluster::Offset{*offset}, {*boot, static_cast<std::uint64_t>(*sequence)}};
}

}  // namespace hourglass::adapters
