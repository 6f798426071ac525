#include "core/json/event_line_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/hexadecimal.hpp"

namespace hourglass::core {
namespace {

bool has_to_be_escaped(char byte) {
  return static_cast<unsigned char>(byte) < 0x20 || byte == '"' || byte == '\\';
}

/// What is neither escaped nor ASCII is UTF-8 already, and stays.
void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto* const end = std::find_if(text.begin(), text.end(), has_to_be_escaped);
    const auto plain = static_cast<std::size_t>(end - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty())
      break;
    const char byte = text.front();
    text.remove_prefix(1);
    out += '\\';
    if (byte == '"' || byte == '\\') {
      out += byte;
    } else {
      out += "u00";
      base::append_hex(out, static_cast<std::uint8_t>(byte));
    }
  }
  out += '"';
}

}  // namespace

void append_event_line(std::string& out, const EventText& event) {
  std::array<char, 20> digits{};
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), event.timestamp.value()).ptr;
  out += R"({"timestamp":)";
  out.append(digits.data(), end);
  out += R"(,"user":)";
  append_string(out, event.user);
  out += event.kind == Kind::click ? R"(,"event":"click")" : R"(,"event":"impression")";
  if (!event.id.empty()) {
    out += R"(,"id":)";
    append_string(out, event.id);
  }
  out += "}\n";
}

}  // namespace hourglass::core
