#include "base/hexadecimal.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace hourglass::base {
namespace {

TEST(Hexadecimal, HasSixteenDigitsInEitherCase) {
  const std::string_view lower = "0123456789abcdef";
  const std::string_view upper = "0123456789ABCDEF";
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const std::size_t place = std::min(lower.find(byte), upper.find(byte));
    EXPECT_EQ(hex_digit(byte), place == std::string_view::npos ? -1 : static_cast<int>(place)) << value;
  }
}

TEST(Hexadecimal, EveryByteIsReadBack) {
  for (int value = 0; value < 256; ++value) {
    std::string text = "x";
    append_hex(text, static_cast<std::uint8_t>(value));
    ASSERT_EQ(text.size(), 3U);
    EXPECT_EQ(hex_digit(text[1]) * 16 + hex_digit(text[2]), value);
  }
  std::string text;
  append_hex(text, 0xAB);
  EXPECT_EQ(text, "ab");
}

}  // namespace
}  // namespace hourglass::base
