#include "core/event.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::core {
namespace {

using base::ErrorCode;

std::optional<ErrorCode> fault_of_user(const std::string& bytes) {
  const auto user = User::from_bytes(bytes);
  EXPECT_TRUE(!user || user->bytes() == bytes);
  return user ? std::nullopt : std::optional(user.error().code);
}

std::optional<ErrorCode> fault_of_key(const std::string& text) {
  const auto key = IdempotencyKey::from_text(text);
  EXPECT_TRUE(!key || key->text() == text);
  return key ? std::nullopt : std::optional(key.error().code);
}

std::optional<ErrorCode> fault_of_timestamp(const std::string& digits) {
  const auto timestamp = parse_timestamp(digits);
  return timestamp ? std::nullopt : std::optional(timestamp.error().code);
}

TEST(User, Has1To256Bytes) {
  EXPECT_EQ(fault_of_user(""), ErrorCode::invalid_user);
  EXPECT_EQ(fault_of_user("a"), std::nullopt);
  EXPECT_EQ(fault_of_user(std::string(256, 'a')), std::nullopt);
  EXPECT_EQ(fault_of_user(std::string(257, 'a')), ErrorCode::invalid_user);
  std::string bytes;  // the limit counts bytes, not characters
  for (int i = 0; i < 128; ++i)
    bytes += "ä";
  EXPECT_EQ(fault_of_user(bytes), std::nullopt);
  EXPECT_EQ(fault_of_user(bytes + "ä"), ErrorCode::invalid_user);
}

TEST(User, IsUtf8WithoutNul) {
  EXPECT_EQ(fault_of_user("\x01\x7f \n\t😀"), std::nullopt);
  EXPECT_EQ(fault_of_user(std::string("a\0b", 3)), ErrorCode::invalid_user);
  EXPECT_EQ(fault_of_user(std::string(1, '\0')), ErrorCode::invalid_user);
  EXPECT_EQ(fault_of_user("\xff"), ErrorCode::invalid_user);
  EXPECT_EQ(fault_of_user("a\xc3"), ErrorCode::invalid_user);
}

TEST(User, UsersAreEqualWhenTheirBytesAre) {
  EXPECT_EQ(*User::from_bytes("ann"), *User::from_bytes("ann"));
  EXPECT_NE(*User::from_bytes("ann"), *User::from_bytes("Ann"));
  EXPECT_NE(*User::from_bytes("\u00e4"), *User::from_bytes("a\u0308"))
      << "the same letter, written differently";
}

TEST(IdempotencyKey, Has1To128VisibleCharacters) {
  EXPECT_EQ(fault_of_key(""), ErrorCode::invalid_idempotency_key);
  EXPECT_EQ(fault_of_key(std::string(128, 'k')), std::nullopt);
  EXPECT_EQ(fault_of_key(std::string(129, 'k')), ErrorCode::invalid_idempotency_key);
  for (int byte = 0; byte < 256; ++byte) {
    const bool visible = byte >= 0x21 && byte <= 0x7e;
    const std::string text = std::string("a") + static_cast<char>(byte) + "b";
    EXPECT_EQ(fault_of_key(text) == std::nullopt, visible) << byte;
  }
}

TEST(IdempotencyKey, OfALineMayBeLongerThanAClientsMayBe) {
  const auto batch = IdempotencyKey::from_text(std::string(128, 'k'));
  EXPECT_EQ(IdempotencyKey::of_line(*batch, 18'446'744'073'709'551'615U).text(),
            std::string(128, 'k') + "#18446744073709551615");
}

TEST(Timestamp, Is1To20DigitsInRange) {
  EXPECT_EQ(fault_of_timestamp("0"), std::nullopt);
  EXPECT_EQ(fault_of_timestamp("253402300799999"), std::nullopt);
  EXPECT_EQ(fault_of_timestamp("253402300800000"), ErrorCode::timestamp_out_of_range);
  EXPECT_EQ(*parse_timestamp("00000253402300799999"), kMaxTimestamp) << "20 digits";
  EXPECT_EQ(*parse_timestamp("00000000000000000000"), Timestamp{0});
  EXPECT_EQ(fault_of_timestamp("000000253402300799999"), ErrorCode::invalid_timestamp) << "21 digits";
  EXPECT_EQ(fault_of_timestamp("18446744073709551615"), ErrorCode::timestamp_out_of_range) << "2^64 - 1";
  EXPECT_EQ(fault_of_timestamp("18446744073709551616"), ErrorCode::timestamp_out_of_range) << "2^64";
  EXPECT_EQ(fault_of_timestamp("18446744073709551617"), ErrorCode::timestamp_out_of_range) << "not 1";
  EXPECT_EQ(fault_of_timestamp("99999999999999999999"), ErrorCode::timestamp_out_of_range);
}

TEST(Timestamp, HoldsNothingButDigits) {
  for (const char* text : {"", " ", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "1_000", "%31", "١", "1a"})
    EXPECT_EQ(fault_of_timestamp(text), ErrorCode::invalid_timestamp) << text;
  EXPECT_EQ(fault_of_timestamp(std::string("1\0", 2)), ErrorCode::invalid_timestamp);
  for (int byte = 0; byte < 256; ++byte) {
    if (byte >= '0' && byte <= '9')
      continue;
    EXPECT_EQ(fault_of_timestamp(std::string("1") + static_cast<char>(byte) + "2"),
              ErrorCode::invalid_timestamp)
        << byte;
  }
}

TEST(Timestamp, ReadsBackWhatIsWritten) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 20'000; ++round) {
    const std::uint64_t value = random() >> random() % 64;
    const std::string digits = std::to_string(value);
    const std::string text = std::string(random() % (21 - digits.size()), '0') + digits;
    const auto timestamp = parse_timestamp(text);
    ASSERT_EQ(timestamp.has_value(), Timestamp{value} <= kMaxTimestamp) << text;
    ASSERT_TRUE(!timestamp || timestamp->value() == value) << text;
  }
}

}  // namespace
}  // namespace hourglass::core
