// A line is valid JSON exactly when a plain second parser says so, says the same when it is shortened as a
// long one is, and what is read keeps the rules of events and, written down, is the same event.

#include <cstdint>
#include <string>

#include "check.hpp"
#include "core/json/event_line.hpp"
#include "core/json/long_event_line.hpp"
#include "core/testing/plain_json.hpp"
#include "core/utf8.hpp"

using hourglass::fuzz::check;
namespace core = hourglass::core;

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char byte : text) {
    const auto code = static_cast<std::uint8_t>(byte);
    if (code < 0x20)
      json += {'\\', 'u', '0', '0', kHexDigits[code / 16], kHexDigits[code % 16]};
    else if (byte == '"' || byte == '\\')
      json += {'\\', byte};
    else
      json += byte;
  }
  return json + '"';
}

std::string line_of(const core::Event& event) {
  std::string line = R"({"timestamp":)" + std::to_string(event.timestamp.value());
  line += R"(,"user":)" + quoted(event.user.bytes());
  line += event.kind == core::Kind::click ? R"(,"event":"click")" : R"(,"event":"impression")";
  if (event.key)
    line += R"(,"id":)" + quoted(event.key->text());
  return line + "}";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static core::EventLineParser parser;
  const auto event = parser.parse(line, {}, core::Timestamp{0});
  const bool valid = event || event.error().code != hourglass::base::ErrorCode::invalid_json;
  check(valid == core::is_plain_json_object(line), "both parsers agree");
  core::LongEventLine long_line;
  long_line.append(line.substr(0, size / 2));
  long_line.append(line.substr(size / 2));
  check(parser.parse(long_line.shortened(), {}, core::Timestamp{0}) == event, "shortened it says the same");
  if (event) {
    check(event->timestamp <= core::kMaxTimestamp, "the timestamp is in range");
    check(core::is_valid_utf8(event->user.bytes()), "the user is UTF-8");
    const auto again = parser.parse(line_of(*event), {}, core::Timestamp{0});
    check(again && *again == *event, "written down it is the same event");
  }
  return 0;
}
