#include "core/hour_text.hpp"

#include <gtest/gtest.h>

namespace hourglass::core {
namespace {

TEST(HourText, NamesTheDayTheHourAndTheNumber) {
  EXPECT_EQ(hour_text(Hour{0}), "1970-01-01T00:00Z (hour 0)");
  EXPECT_EQ(hour_text(Hour{472222}), "2023-11-14T22:00Z (hour 472222)");
  EXPECT_EQ(hour_text(hour_of(Timestamp{951'782'400'000})), "2000-02-29T00:00Z (hour 264384)");
  EXPECT_EQ(hour_text(hour_of(kMaxTimestamp)), "9999-12-31T23:00Z (hour 70389527)");
}

}  // namespace
}  // namespace hourglass::core
