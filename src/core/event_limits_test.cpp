#include "core/event_limits.hpp"

#include <gtest/gtest.h>

namespace hourglass::core {
namespace {

using std::chrono::milliseconds;

constexpr Timestamp kNow{1'700'000'000'000};

bool accepts(const EventLimits& limits, std::uint64_t timestamp, Timestamp now = kNow) {
  const auto checked = limits.check(Timestamp{timestamp}, now);
  EXPECT_TRUE(checked || checked.error().code == base::ErrorCode::timestamp_out_of_range);
  return checked.has_value();
}

TEST(EventLimits, WithoutLimitsEveryTimestampIsAccepted) {
  EXPECT_TRUE(accepts({}, 0));
  EXPECT_TRUE(accepts({}, kMaxTimestamp.value()));
  EXPECT_TRUE(accepts({}, 0, kMaxTimestamp));
  EXPECT_TRUE(accepts({}, kMaxTimestamp.value(), Timestamp{0}));
}

TEST(EventLimits, TheLimitItselfIsAccepted) {
  const EventLimits limits{milliseconds{1'000}, milliseconds{500}};
  EXPECT_TRUE(accepts(limits, kNow.value()));
  EXPECT_TRUE(accepts(limits, kNow.value() - 1'000));
  EXPECT_FALSE(accepts(limits, kNow.value() - 1'001));
  EXPECT_TRUE(accepts(limits, kNow.value() + 500));
  EXPECT_FALSE(accepts(limits, kNow.value() + 501));
}

TEST(EventLimits, EachSideHasItsOwn) {
  EXPECT_TRUE(accepts({milliseconds{0}, std::nullopt}, kMaxTimestamp.value()));
  EXPECT_FALSE(accepts({milliseconds{0}, std::nullopt}, kNow.value() - 1));
  EXPECT_TRUE(accepts({std::nullopt, milliseconds{0}}, 0));
  EXPECT_FALSE(accepts({std::nullopt, milliseconds{0}}, kNow.value() + 1));
}

TEST(EventLimits, FrozenHoursTakeNothing) {
  EventLimits limits;
  limits.first_open_hour = hour_of(kNow);
  const std::uint64_t begin = hour_of(kNow).value() * kMillisecondsPerHour;
  EXPECT_TRUE(limits.check(Timestamp{begin}, kNow));
  EXPECT_EQ(limits.check(Timestamp{begin - 1}, kNow).error().code, base::ErrorCode::hour_frozen);
}

TEST(EventLimits, MayReachBeyondAllTimestamps) {
  const EventLimits limits{milliseconds::max(), milliseconds::max()};
  EXPECT_TRUE(accepts(limits, 0, kMaxTimestamp));
  EXPECT_TRUE(accepts(limits, kMaxTimestamp.value(), Timestamp{0}));
}

TEST(EventLimitsTest, NothingIsLaterThanTheLastThatTheStoreCanName) {
  EventLimits limits;
  limits.last = Timestamp{1'000};
  EXPECT_TRUE(limits.check(Timestamp{1'000}, Timestamp{0}));
  EXPECT_EQ(limits.check(Timestamp{1'001}, Timestamp{0}).error().code,
            base::ErrorCode::timestamp_out_of_range);
}

}  // namespace
}  // namespace hourglass::core
