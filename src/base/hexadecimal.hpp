#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hourglass::base {

/// The value of a hexadecimal digit, in either case; -1 where it is none.
constexpr int hex_digit(char byte) {
  if (byte >= '0' && byte <= '9')
    return byte - '0';
  const char letter = static_cast<char>(byte | 0x20);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/// Appends a byte as two hexadecimal digits in lower case.
inline void append_hex(std::string& out, std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

}  // namespace hourglass::base
