#include "cli/when.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hourglass::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr core::Timestamp kNow{1'700'000'000'000};  // 2023-11-14T22:13:20Z
constexpr core::Hour kHour{472'222};

TEST(When, IsMillisecondsIsoOrNow) {
  EXPECT_EQ(parse_when("now", kNow), kNow);
  EXPECT_EQ(parse_when("1700000000000", core::Timestamp{}), kNow);
  EXPECT_EQ(parse_when("2023-11-14T22:13:20Z", core::Timestamp{}), kNow);
  EXPECT_EQ(parse_when("2023-11-14T23:13:20+01:00", core::Timestamp{}), kNow);
}

TEST(When, QuotesWhatItCannotRead) {
  for (const char* text : {"", "yesterday", "-1", "1e3", "2023-13-01", "999999999999999999"})
    EXPECT_THAT(parse_when(text, kNow).error(), HasSubstr(text)) << text;
}

TEST(Hours, AreAscendingAndEachOnce) {
  EXPECT_THAT(*parse_hours({"now", "0", "1700000000001"}, kNow), ElementsAre(core::Hour{0}, kHour));
}

TEST(Hours, OfADateAreThoseOfTheDay) {
  const auto hours = *parse_hours({"2023-11-14"}, core::Timestamp{});
  ASSERT_EQ(hours.size(), 24U);
  EXPECT_EQ(hours.front(), core::Hour{472'200});
  EXPECT_EQ(hours.back(), core::Hour{472'223});
}

TEST(HourRange, HoldsEveryHourThatItTouches) {
  EXPECT_THAT(*parse_hour_range("2023-11-14T20:59", "2023-11-14T22:00:00.001Z", kNow),
              ElementsAre(core::Hour{472'220}, core::Hour{472'221}, kHour));
  EXPECT_THAT(*parse_hour_range("2023-11-14T20:00Z", "2023-11-14T21:00Z", kNow),
              ElementsAre(core::Hour{472'220}));
}

TEST(HourRange, EndsWithTheCurrentHourWhenNothingElseIsSaid) {
  EXPECT_THAT(*parse_hour_range("2023-11-14T21:30Z", std::nullopt, kNow),
              ElementsAre(core::Hour{472'221}, kHour));
  EXPECT_THAT(*parse_hour_range("now", std::nullopt, kNow), ElementsAre(kHour));
}

TEST(HourRange, IsRefusedWhenEmptyOrEndless) {
  EXPECT_THAT(parse_hour_range("now", "now", kNow).error(), HasSubstr("no hours"));
  EXPECT_THAT(parse_hour_range("now", "0", kNow).error(), HasSubstr("no hours"));
  EXPECT_THAT(parse_hour_range("0", "9999-12-31", kNow).error(), HasSubstr("more than"));
}

}  // namespace
}  // namespace hourglass::cli
