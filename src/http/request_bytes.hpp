#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hourglass::http {

/// Where in a request a byte may stand.
enum ByteClass : std::uint8_t {
  token_byte = 1,   // in methods and field names
  target_byte = 2,  // in targets: visible ASCII without '#'
  value_byte = 4,   // in field values: visible ASCII, space, tab, and everything above ASCII
  host_byte = 8,    // in the name of a host: unreserved and sub-delims of RFC 3986
};

constexpr std::array<std::uint8_t, 256> byte_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const bool visible = i >= 0x21 && i <= 0x7E;
    if (visible && i != '#')
      classes[i] |= target_byte;
    if (visible || i == ' ' || i == '\t' || i >= 0x80)
      classes[i] |= value_byte;
    const char c = static_cast<char>(i);
    const bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_alphanumeric || (visible && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos))
      classes[i] |= token_byte;
    if (is_alphanumeric || (visible && std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos))
      classes[i] |= host_byte;
  }
  return classes;
}

inline constexpr std::array<std::uint8_t, 256> kByteClasses = byte_classes();

inline bool is_of(char byte, ByteClass wanted) {
  return (kByteClasses[static_cast<std::uint8_t>(byte)] & wanted) != 0;
}

/// The first position from `at` on whose byte is not of the class.
inline std::size_t skip(std::string_view bytes, std::size_t at, ByteClass wanted) {
  while (at < bytes.size() && is_of(bytes[at], wanted))
    ++at;
  return at;
}

}  // namespace hourglass::http
