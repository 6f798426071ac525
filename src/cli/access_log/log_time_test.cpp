#include "cli/access_log/log_time.hpp"

#include <clocale>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::cli {
namespace {

using core::Timestamp;

std::uint64_t milliseconds_of(std::string_view text) {
  const auto timestamp = parse_log_time(text);
  EXPECT_TRUE(timestamp) << text << ": " << (timestamp ? "" : timestamp.error().message);
  return timestamp ? timestamp->value() : 0;
}

TEST(LogTime, OfAccessLogs) {
  EXPECT_EQ(milliseconds_of("10/Oct/2000:13:55:36 -0700"), 971'211'336'000U);
  EXPECT_EQ(milliseconds_of("14/Nov/2023:22:13:20 +0000"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("15/Nov/2023:03:43:20 +0530"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("14/Nov/2023:18:43:20 -0330"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("15/Nov/2023:10:58:20 +1245"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("14/Nov/2023:22:13:20"), 1'700'000'000'000U);
  for (const char* wrong :
       {"14/Nov/2023:22:13:2", "14/nov/2023:22:13:20 +0000", "14/Nvo/2023:22:13:20 +0000",
        "14/ovD/2023:22:13:20 +0000", "31/Nov/2023:22:13:20 +0000", "14/Nov/2023:24:13:20 +0000",
        "14/Nov/2023:22:13:20 +000", "14/Nov/2023:22:13:20 UTC", "14/Nov/2023:22:13:20+0000",
        "14/Nov/2023:22:13:20 +0000 ", "14/Nov/2023 22:13:20", "4/Nov/2023:22:13:20 +0000",
        "01/Jan/1970:00:00:00 +0100"})
    EXPECT_FALSE(parse_log_time(wrong)) << wrong;
}

TEST(LogTime, OfOtherShapes) {
  EXPECT_EQ(milliseconds_of("2023-11-14T22:13:20+00:00"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("2023-11-14 22:13:20.5"), 1'700'000'000'500U);
  for (const char* wrong : {"", "-", "now", "2023-11-14T", "22:13:20", "Tue, 14 Nov 2023 22:13:20 GMT"})
    EXPECT_FALSE(parse_log_time(wrong)) << wrong;
}

TEST(LogTime, TellsTheUnitOfANumberByItsMagnitude) {
  EXPECT_EQ(milliseconds_of("1700000000"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("1700000000.1234567"), 1'700'000'000'123U);
  EXPECT_EQ(milliseconds_of("1700000000.9999999999999999999999"), 1'700'000'000'999U)
      << "cut off, not rounded";
  EXPECT_EQ(milliseconds_of("1700000000.5"), 1'700'000'000'500U);
  EXPECT_EQ(milliseconds_of("1700000000123"), 1'700'000'000'123U);
  EXPECT_EQ(milliseconds_of("1700000000123.999"), 1'700'000'000'123U);
  EXPECT_EQ(milliseconds_of("1700000000123999"), 1'700'000'000'123U);
  EXPECT_EQ(milliseconds_of("1700000000123999999"), 1'700'000'000'123U);
  EXPECT_EQ(milliseconds_of("0"), 0U);
  EXPECT_EQ(milliseconds_of("0.001"), 1U);
  EXPECT_EQ(milliseconds_of("0000000000000000000000001700000000"), 1'700'000'000'000U);
  // The limits themselves.
  EXPECT_EQ(milliseconds_of("99999999999"), 99'999'999'999'000U);
  EXPECT_EQ(milliseconds_of("100000000000"), 100'000'000'000U);
  EXPECT_EQ(milliseconds_of("99999999999999"), 99'999'999'999'999U);
  EXPECT_EQ(milliseconds_of("100000000000000"), 100'000'000'000U);
  EXPECT_EQ(milliseconds_of("99999999999999999"), 99'999'999'999'999U);
  EXPECT_EQ(milliseconds_of("100000000000000000"), 100'000'000'000U);
  EXPECT_EQ(milliseconds_of("9999999999999999999"), 9'999'999'999'999U);
  for (const char* wrong : {"1.", ".5", "1.5.5", "1e9", "+1", "0x10", "1 ", "10000000000000000000",
                            "99999999999999999999999999999999", "1,5", "NaN"})
    EXPECT_FALSE(parse_log_time(wrong)) << wrong;
}

TEST(LogTime, AgreesWithTheCLibrary) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 10'000; ++round) {
    const int ahead = static_cast<int>(random() % 2879) - 1439;
    const auto seconds = static_cast<std::time_t>(86'400 + random() % 8'000'000'000);
    const std::time_t there = seconds + ahead * 60;
    std::tm civil{};
    ASSERT_NE(gmtime_r(&there, &civil), nullptr);
    char shown[64];
    std::strftime(shown, sizeof shown, "%d/%b/%Y:%H:%M:%S", &civil);
    char zone[32];
    std::snprintf(zone, sizeof zone, " %c%02d%02d", ahead < 0 ? '-' : '+', std::abs(ahead) / 60,
                  std::abs(ahead) % 60);
    ASSERT_EQ(milliseconds_of(std::string(shown) + zone), static_cast<std::uint64_t>(seconds) * 1000)
        << shown << zone;
  }
}

}  // namespace
}  // namespace hourglass::cli
