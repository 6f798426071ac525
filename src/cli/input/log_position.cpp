#include "cli/input/log_position.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "engine/checksum.hpp"

namespace hourglass::cli {
namespace {

constexpr std::string_view kTitle = "hourglass position ";
constexpr std::uint64_t kVersion = 1;
constexpr int kHex = 16;

std::string hex(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, kHex).ptr;
  const std::string_view written(digits.data(), static_cast<std::size_t>(end - digits.data()));
  return std::string(digits.size() - written.size(), '0').append(written);
}

/// Takes fields off the front of a position file, one after the other.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  /// What stands between `before` and the end of the line.
  std::string_view line(std::string_view before) {
    const std::size_t end = rest_.find('\n');
    if (failed_ || end == std::string_view::npos || !rest_.substr(0, end).starts_with(before)) {
      failed_ = true;
      return {};
    }
    const std::string_view value = rest_.substr(before.size(), end - before.size());
    rest_.remove_prefix(end + 1);
    return value;
  }

  template <typename Number>
  Number number(std::string_view digits, int base = 10) {
    Number number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    failed_ = failed_ || error != std::errc{} || end != digits.data() + digits.size();
    return number;
  }

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

/// What stands before the first space and behind it.
std::pair<std::string_view, std::string_view> in_two(std::string_view value) {
  const std::size_t space = std::min(value.find(' '), value.size());
  return {value.substr(0, space), value.substr(std::min(space + 1, value.size()))};
}

auto damaged() {
  return base::unexpected(std::string("is damaged"));
}

}  // namespace

std::string to_text(const LogPosition& position) {
  std::string text(kTitle);
  text += std::to_string(kVersion);
  text += "\nlog " + position.log;
  text += "\nbeginning " + std::to_string(position.beginning.length) + " " + hex(position.beginning.hash);
  text += "\nfile " + std::to_string(position.file.inode) + " " + std::to_string(position.file.born);
  text += "\noffset " + std::to_string(position.offset);
  text += "\nline " + std::to_string(position.line);
  text += "\nsince " + std::to_string(position.since);
  text += "\ncounts " + hex(position.counts) + "\n";
  return text + "checksum " + hex(engine::checksum(text, 0)) + "\n";
}

base::Expected<LogPosition, std::string> parse_position(std::string_view text) {
  FieldReader title(text);
  const auto version = title.number<std::uint64_t>(title.line(kTitle));
  if (title.failed())
    return base::unexpected(std::string("is not a position file"));
  if (version > kVersion)
    return base::unexpected(std::string("was written by a newer version of this program"));
  FieldReader fields(text);
  fields.line(kTitle);
  LogPosition position;
  position.log = fields.line("log ");
  const auto [length, hash] = in_two(fields.line("beginning "));
  position.beginning = {fields.number<std::uint64_t>(length), fields.number<std::uint64_t>(hash, kHex)};
  const auto [inode, born] = in_two(fields.line("file "));
  position.file = {fields.number<std::uint64_t>(inode), fields.number<std::int64_t>(born)};
  position.offset = fields.number<std::uint64_t>(fields.line("offset "));
  position.line = fields.number<std::uint64_t>(fields.line("line "));
  position.since = fields.number<std::int64_t>(fields.line("since "));
  position.counts = fields.number<std::uint64_t>(fields.line("counts "), kHex);
  // Written again it must be the same, byte by byte: the checksum, and nothing behind it.
  if (fields.failed() || position.beginning.length > kBeginningBytes || to_text(position) != text)
    return damaged();
  return position;
}

}  // namespace hourglass::cli
