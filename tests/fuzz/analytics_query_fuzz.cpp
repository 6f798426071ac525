// What is read from a query keeps the rules of events, and writing it down again gives the same event.

#include <cstdint>
#include <string>

#include "check.hpp"
#include "core/utf8.hpp"
#include "http/analytics_query.hpp"

using hourglass::fuzz::check;
namespace core = hourglass::core;
namespace http = hourglass::http;

namespace {

std::string escaped(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  (void)http::parse_read_query(query);
  const auto event = http::parse_event_query(query, {}, {}, core::Timestamp{0});
  if (!event)
    return 0;
  check(core::is_valid_utf8(event->user.bytes()) && event->user.bytes().size() <= core::User::kMaxBytes,
        "the user is valid");
  std::string written = event->kind == core::Kind::click ? "click" : "impression";
  written +=
      "&timestamp=" + std::to_string(event->timestamp.value()) + "&user=" + escaped(event->user.bytes());
  if (event->key)
    written += "&id=" + escaped(event->key->text());
  const auto again = http::parse_event_query(written, {}, {}, core::Timestamp{0});
  check(again && *again == *event, "written down it is the same event");
  return 0;
}
