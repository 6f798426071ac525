#include "core/utf8.hpp"

#include <cstdint>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::core {
namespace {

/// The number in a sequence of so many bytes, whether or not a shorter sequence could hold it.
std::string encode(std::uint32_t number, int length) {
  if (length == 1)
    return std::string(1, static_cast<char>(number));
  std::string bytes;
  for (int i = length - 1; i > 0; --i)
    bytes += static_cast<char>(0x80 | (number >> (6 * i - 6) & 0x3F));
  const std::uint32_t marker = 0xFF00U >> length & 0xFF;
  return static_cast<char>(marker | number >> (6 * (length - 1))) + bytes;
}

std::uint32_t capacity(int length) {
  return length == 1 ? 0x80U : 1U << (5 * length + 1);
}

bool is_scalar_value(std::uint32_t number) {
  return number < 0xD800 || (number > 0xDFFF && number < 0x110000);
}

/// The plain second implementation: decodes one code point after the other and encodes it again.
bool is_plainly_valid(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    int length = 0;
    while (length < 8 && (first >> (7 - length) & 1) != 0)
      ++length;
    length = length == 0 ? 1 : length == 1 ? 9 : length;  // a byte that only continues begins nothing
    if (length > 4 || bytes.size() < static_cast<std::size_t>(length))
      return false;
    std::uint32_t number = length == 1 ? first : first & (0x7FU >> length);
    for (int i = 1; i < length; ++i)
      number = number << 6 | (static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(i)]) & 0x3F);
    const bool shortest = length == 1 || number >= capacity(length - 1);
    if (!shortest || !is_scalar_value(number) ||
        encode(number, length) != bytes.substr(0, static_cast<std::size_t>(length)))
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(length));
  }
  return true;
}

TEST(Utf8, NothingIsValid) {
  EXPECT_TRUE(is_valid_utf8(""));
}

TEST(Utf8, EveryCodePointHasOneForm) {
  for (int length = 1; length <= 4; ++length) {
    const std::uint32_t first = length == 1 ? 0 : capacity(length - 1);
    for (std::uint32_t number = 0; number < capacity(length); ++number)
      ASSERT_EQ(is_valid_utf8(encode(number, length)), number >= first && is_scalar_value(number))
          << number << " in " << length << " bytes";
  }
}

TEST(Utf8, ATruncatedSequenceIsInvalidWhereverItStands) {
  for (const std::string sequence : {"\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(is_valid_utf8("a" + sequence + "b"));
    for (std::size_t size = 1; size < sequence.size(); ++size) {
      EXPECT_FALSE(is_valid_utf8("a" + sequence.substr(0, size)));
      EXPECT_FALSE(is_valid_utf8(sequence.substr(0, size) + "a"));
      EXPECT_FALSE(is_valid_utf8(sequence.substr(0, size) + sequence));
      EXPECT_FALSE(is_valid_utf8(sequence.substr(size)));
    }
  }
}

TEST(Utf8, AgreesWithAPlainDecoder) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes;
    for (std::size_t i = random() % 6; i > 0; --i) {
      const int length = 1 + static_cast<int>(random() % 4);
      bytes += encode(static_cast<std::uint32_t>(random()) % capacity(length), length);
    }
    if (!bytes.empty() && random() % 2 == 0)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    ASSERT_EQ(is_valid_utf8(bytes), is_plainly_valid(bytes)) << ::testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace hourglass::core
