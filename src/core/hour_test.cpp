#include "core/hour.hpp"

#include <gtest/gtest.h>

namespace hourglass::core {
namespace {

TEST(Hour, BeginsWithItsFirstMillisecond) {
  EXPECT_EQ(hour_of(Timestamp{0}), Hour{0});
  EXPECT_EQ(hour_of(Timestamp{3'599'999}), Hour{0});
  EXPECT_EQ(hour_of(Timestamp{3'600'000}), Hour{1});
  EXPECT_EQ(hour_of(Timestamp{1'700'000'000'000}), Hour{472'222});
  EXPECT_EQ(hour_of(kMaxTimestamp), Hour{70'389'527});
}

TEST(Hour, TheLastTimestampEndsItsHour) {
  EXPECT_EQ((kMaxTimestamp.value() + 1) % kMillisecondsPerHour, 0U);
}

}  // namespace
}  // namespace hourglass::core
