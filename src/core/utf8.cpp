#include "core/utf8.hpp"

#include <cstdint>

namespace hourglass::core {
namespace {

/// The shape of a sequence, told by its first byte: its length, and the range of its second byte, which is
/// where overlong forms, surrogates and code points above U+10FFFF are recognised (Unicode, table 3-7).
struct SequenceShape {
  std::size_t length = 0;  // 0: no sequence begins with this byte
  std::uint8_t second_low = 0x80;
  std::uint8_t second_high = 0xBF;
};

SequenceShape shape_of(std::uint8_t first) {
  if (first >= 0xC2 && first <= 0xDF)
    return {2};
  if (first == 0xE0)
    return {3, 0xA0, 0xBF};
  if (first == 0xED)
    return {3, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF)
    return {3};
  if (first == 0xF0)
    return {4, 0x90, 0xBF};
  if (first >= 0xF1 && first <= 0xF3)
    return {4};
  if (first == 0xF4)
    return {4, 0x80, 0x8F};
  return {};
}

bool in_range(char byte, std::uint8_t low, std::uint8_t high) {
  const auto value = static_cast<std::uint8_t>(byte);
  return value >= low && value <= high;
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto first = static_cast<std::uint8_t>(bytes[at]);
    if (first < 0x80) {
      ++at;
      continue;
    }
    const SequenceShape shape = shape_of(first);
    if (shape.length == 0 || bytes.size() - at < shape.length)
      return false;
    if (!in_range(bytes[at + 1], shape.second_low, shape.second_high))
      return false;
    for (std::size_t i = 2; i < shape.length; ++i) {
      if (!in_range(bytes[at + i], 0x80, 0xBF))
        return false;
    }
    at += shape.length;
  }
  return true;
}

}  // namespace hourglass::core
