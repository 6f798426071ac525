#include "core/json/event_line_text.hpp"

#include <array>
#include <charconv>

namespace hourglass::core {
namespace {

bool wants_escape(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!wants_escape(text[i]))
      continue;
    out += text.substr(written, i - written);
    append_escaped(out, text[i]);
    written = i + 1;
  }
  out += text.substr(written);
  out += '"';
}

}  // namespace

void append_event_line(std::string& out, Timestamp timestamp, std::string_view user, Kind kind,
                       std::string_view id) {
  out += R"({"timestamp":)";
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), timestamp.value()).ptr;
  out.append(digits.data(), end);
  out += R"(,"user":)";
  append_text(out, user);
  out += kind == Kind::click ? R"(,"event":"click")" : R"(,"event":"impression")";
  if (!id.empty()) {
    out += R"(,"id":)";
    append_text(out, id);
  }
  out += "}\n";
}

}  // namespace hourglass::core
