#include "cli/access_log/log_escapes.hpp"

#include <optional>

#include "base/hexadecimal.hpp"

namespace hourglass::cli {
namespace {

/// The byte that two hexadecimal digits at the front of `text` stand for.
std::optional<char> hex_byte(std::string_view text) {
  if (text.size() < 2)
    return std::nullopt;
  const int high = base::hex_digit(text[0]);
  const int low = base::hex_digit(text[1]);
  if (high < 0 || low < 0)
    return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

std::optional<char> letter_escape(char byte) {
  switch (byte) {
    case '"':
    case '\\': return byte;
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case 'b': return '\b';
    case 'v': return '\v';
    default: return std::nullopt;
  }
}

void append_decoded(std::string& to, std::string_view text, bool plus_is_space) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = text[at] == '%' ? hex_byte(text.substr(at + 1)) : std::nullopt;
    if (byte)
      at += 2;
    const char plain = plus_is_space && text[at] == '+' ? ' ' : text[at];
    to += byte ? *byte : plain;
  }
}

}  // namespace

void append_unescaped(std::string& to, std::string_view text) {
  while (!text.empty()) {
    const std::string_view plain = text.substr(0, text.find('\\'));
    to += plain;
    text.remove_prefix(plain.size());
    if (text.empty())
      return;
    const char kind = text.size() > 1 ? text[1] : '\0';
    if (const auto byte = kind == 'x' ? hex_byte(text.substr(2)) : std::nullopt) {
      to += *byte;
      text.remove_prefix(4);
    } else if (const auto letter = letter_escape(kind)) {
      to += *letter;
      text.remove_prefix(2);
    } else {
      to += '\\';
      text.remove_prefix(1);
    }
  }
}

void append_percent_decoded(std::string& to, std::string_view text) {
  append_decoded(to, text, false);
}

void append_form_decoded(std::string& to, std::string_view text) {
  append_decoded(to, text, true);
}

}  // namespace hourglass::cli
