// A line is valid JSON exactly when a plain second parser says so, and what is read keeps the rules of
// events.

#include <cstdint>

#include "check.hpp"
#include "core/json/event_line.hpp"
#include "core/testing/plain_json.hpp"
#include "core/utf8.hpp"

using hourglass::fuzz::check;
namespace core = hourglass::core;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static core::EventLineParser parser;
  const auto event = parser.parse(line, {}, core::Timestamp{0});
  const bool valid = event || event.error().code != hourglass::base::ErrorCode::invalid_json;
  check(valid == core::is_plain_json_object(line), "both parsers agree");
  if (event) {
    check(event->timestamp <= core::kMaxTimestamp, "the timestamp is in range");
    check(core::is_valid_utf8(event->user.bytes()), "the user is UTF-8");
  }
  return 0;
}
