#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hourglass::adapters {

/// Writes MessagePack, in which scripts take many small values as one argument: Lua in Redis reads it much
/// faster than it turns as many arguments into numbers. Numbers are exact there below 2^53.
class MessagePack {
 public:
  /// So many values follow that are its elements.
  void array(std::size_t elements) {
    bytes_ += static_cast<char>(0xdd);
    append(elements, 4);
  }

  void number(std::uint64_t value) {
    if (value < 0x80) {
      bytes_ += static_cast<char>(value);
      return;
    }
    bytes_ += static_cast<char>(0xcf);
    append(value, 8);
  }

  void text(std::string_view value) {
    if (value.size() < 32) {
      bytes_ += static_cast<char>(0xa0U | value.size());
    } else {
      bytes_ += static_cast<char>(0xdb);
      append(value.size(), 4);
    }
    bytes_ += value;
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  /// The lowest bytes of a number, the highest of them first.
  void append(std::uint64_t value, unsigned count) {
    while (count-- > 0)
      bytes_ += static_cast<char>((value >> (8 * count)) & 0xffU);
  }

  std::string bytes_;
};

}  // namespace hourglass::adapters
