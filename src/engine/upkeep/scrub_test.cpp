#include "engine/upkeep/scrub.hpp"

#include <gtest/gtest.h>

namespace hourglass::engine {
namespace {

constexpr std::uint64_t kDay = 24 * core::kMillisecondsPerHour;
constexpr std::uint64_t kStart = 1'700'000'000'000;

/// A file of so many steps, of which one may be damaged.
ScrubStep steps_of(int count, int* read, int damaged = -1) {
  return [=, next = 0]() mutable -> StoreResult<bool> {
    ++*read;
    if (next++ == damaged)
      return base::unexpected(StoreFailure{StoreFailure::Reason::damaged, "a page"});
    return next < count;
  };
}

class ScrubTest : public ::testing::Test {
 protected:
  /// Lets time pass in steps of a tick; how many reports of damage came.
  int pass(std::uint64_t milliseconds, std::uint64_t tick) {
    int damages = 0;
    for (const std::uint64_t end = now_ + milliseconds; now_ < end; now_ += tick) {
      const auto report = scrub_.advance(std::chrono::milliseconds{now_}, [&] {
        ++rounds_;
        return std::deque<ScrubStep>{steps_of(10, &first_, 3), steps_of(5, &second_)};
      });
      damages += report && report->failure ? 1 : 0;
    }
    return damages;
  }

  Scrub scrub_{[](const std::function<void()>& work) { work(); }};
  std::uint64_t now_ = kStart;
  int rounds_ = 0;
  int first_ = 0;
  int second_ = 0;
};

TEST_F(ScrubTest, ReadsEverythingOnceADayAndGoesOnBehindDamage) {
  EXPECT_EQ(pass(kDay / 2, 100), 1);
  EXPECT_EQ(rounds_, 1);
  EXPECT_EQ(first_, 10);
  EXPECT_EQ(second_, 5);
  EXPECT_EQ(pass(kDay, 100), 1);
  EXPECT_EQ(rounds_, 2);
}

TEST_F(ScrubTest, DoesNotHurry) {
  pass(core::kMillisecondsPerHour / 6 - 1'000, 100);
  EXPECT_EQ(rounds_, 0) << "not at once after the start";
  pass(2'000, 10);
  EXPECT_LE(first_, 9) << "a step in an eighth of a second";
  EXPECT_GE(first_, 4);
}

}  // namespace
}  // namespace hourglass::engine
