#include "core/iso_time.hpp"

#include <ctime>
#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::core {
namespace {

using base::ErrorCode;

std::uint64_t milliseconds_of(std::string_view text) {
  const auto timestamp = parse_iso_time(text);
  EXPECT_TRUE(timestamp) << text;
  return timestamp ? timestamp->value() : 0;
}

TEST(IsoTime, ReadsWhatItNames) {
  EXPECT_EQ(milliseconds_of("1970-01-01"), 0U);
  EXPECT_EQ(milliseconds_of("2023-11-14T22:13:20Z"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("2023-11-14t22:13:20z"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("2023-11-14 22:13:20"), 1'700'000'000'000U) << "without a zone it is UTC";
  EXPECT_EQ(milliseconds_of("2023-11-15T03:43:20+05:30"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("2023-11-15T03:43:20+0530"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("2023-11-14T14:13:20-08"), 1'700'000'000'000U);
  EXPECT_EQ(milliseconds_of("2023-11-14T22:13Z"), 1'699'999'980'000U);
  EXPECT_EQ(milliseconds_of("2023-11-14T22:13:20.1Z"), 1'700'000'000'100U);
  EXPECT_EQ(milliseconds_of("2023-11-14T22:13:20,123Z"), 1'700'000'000'123U);
  EXPECT_EQ(milliseconds_of("2023-11-14T22:13:20.123999999999999999999Z"), 1'700'000'000'123U)
      << "cut off, not rounded";
  EXPECT_EQ(milliseconds_of("2000-02-29"), 951'782'400'000U);
  EXPECT_EQ(milliseconds_of("2016-12-31T23:59:60Z"), milliseconds_of("2017-01-01"));
  EXPECT_EQ(milliseconds_of("1969-12-31T23:30-01:00"), 1'800'000U);
  EXPECT_EQ(milliseconds_of("9999-12-31T23:59:59.999Z"), kMaxTimestamp.value());
}

TEST(IsoTime, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2023",
                           "2023-11",
                           "2023-11-1",
                           "20231114",
                           "2023-11-14T",
                           "2023-11-14T22",
                           "2023-11-14T22:1",
                           "2023-11-14T22:13:",
                           "2023-11-14T22:13:20.",
                           "2023-11-14T22:13:20.Z",
                           "2023-11-14T22:13:20 Z",
                           "2023-11-14T22:13:20+1",
                           "2023-11-14T22:13:20+24:00",
                           "2023-11-14T22:13:20+01:60",
                           "2023-11-14T22:13:20Zx",
                           "2023-11-14T22:13:20UTC",
                           "2023-11-14Z",
                           "2023-02-29",
                           "2023-13-01",
                           "2023-00-01",
                           "2023-01-00",
                           "2023-01-32",
                           "2023-11-14T24:00Z",
                           "2023-11-14T22:60Z",
                           "2023-11-14T22:13:61Z",
                           " 2023-11-14",
                           "-2023-11-14",
                           "2023-11-14x",
                           "2023/11/14",
                           "10000-01-01"}) {
    const auto timestamp = parse_iso_time(text);
    ASSERT_FALSE(timestamp) << text;
    EXPECT_EQ(timestamp.error().code, ErrorCode::invalid_timestamp) << text;
  }
  for (const char* text : {"1969-12-31", "0000-01-01", "1970-01-01T00:59+01:00", "1969-12-31T23:59:59.999",
                           "9999-12-31T23:59:59-00:01"}) {
    const auto timestamp = parse_iso_time(text);
    ASSERT_FALSE(timestamp) << text;
    EXPECT_EQ(timestamp.error().code, ErrorCode::timestamp_out_of_range) << text;
  }
}

TEST(IsoTime, WritesWhatItReads) {
  EXPECT_EQ(iso_time_text(Timestamp{0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(iso_time_text(Timestamp{1'700'000'000'000}), "2023-11-14T22:13:20Z");
  EXPECT_EQ(iso_time_text(Timestamp{1'700'000'000'007}), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(iso_time_text(kMaxTimestamp), "9999-12-31T23:59:59.999Z");
}

TEST(IsoTime, AgreesWithTheCLibraryOnRandomTimes) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 20'000; ++round) {
    const std::uint64_t milliseconds = random() % (kMaxTimestamp.value() + 1);
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm civil{};
    ASSERT_NE(gmtime_r(&seconds, &civil), nullptr);
    char shown[64];
    std::strftime(shown, sizeof shown, "%Y-%m-%dT%H:%M:%S", &civil);
    const std::string own = iso_time_text(Timestamp{milliseconds});
    EXPECT_EQ(own.substr(0, 19), shown);
    EXPECT_EQ(milliseconds_of(own), milliseconds);
    // The same moment in another zone.
    const int ahead = static_cast<int>(random() % (2 * 1439 + 1)) - 1439;
    const std::time_t there = seconds + ahead * 60;
    if (there < 0 || gmtime_r(&there, &civil) == nullptr || civil.tm_year > 8099)
      continue;
    std::strftime(shown, sizeof shown, "%Y-%m-%d %H:%M:%S", &civil);
    char zone[32];
    std::snprintf(zone, sizeof zone, "%c%02d:%02d", ahead < 0 ? '-' : '+', std::abs(ahead) / 60 % 24,
                  std::abs(ahead) % 60);
    EXPECT_EQ(milliseconds_of(std::string(shown) + zone), milliseconds / 1000 * 1000);
  }
}

}  // namespace
}  // namespace hourglass::core
