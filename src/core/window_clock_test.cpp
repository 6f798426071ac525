#include "core/window_clock.hpp"

#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::core {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kStart{1'700'000'000'000};

Timestamp later(Timestamp from, milliseconds by) {
  return Timestamp{from.value() + static_cast<std::uint64_t>(by.count())};
}

TEST(WindowClock, ANewStoreTakesTheFirstReadingAsItIs) {
  WindowClock clock(Timestamp{0});
  const auto advance = clock.advance({kStart, seconds{5}});
  EXPECT_EQ(advance.log_time, kStart);
  EXPECT_FALSE(advance.jump_began);
}

TEST(WindowClock, NeverGoesBack) {
  WindowClock clock(kStart);
  EXPECT_EQ(clock.advance({Timestamp{5}, seconds{0}}).log_time, kStart);
  EXPECT_EQ(clock.advance({later(kStart, seconds{1}), seconds{1}}).log_time, later(kStart, seconds{1}));
}

TEST(WindowClock, HoursWithoutEventsAreNoJump) {
  WindowClock clock(kStart);
  clock.advance({kStart, seconds{0}});
  const auto advance = clock.advance({later(kStart, hours{9}), hours{9}});
  EXPECT_EQ(advance.log_time, later(kStart, hours{9}));
  EXPECT_FALSE(advance.jump_began);
}

TEST(WindowClock, AJumpIsFollowedOnlyAfterAMinute) {
  WindowClock clock(kStart);
  clock.advance({kStart, seconds{0}});
  const Timestamp wrong = later(kStart, hours{30});
  auto advance = clock.advance({wrong, seconds{0}});
  EXPECT_TRUE(advance.jump_began);
  EXPECT_EQ(advance.log_time, kStart);
  advance = clock.advance({later(wrong, seconds{59}), seconds{59}});
  EXPECT_FALSE(advance.jump_began);
  EXPECT_EQ(advance.log_time, later(kStart, seconds{59})) << "it goes on as time passes";
  advance = clock.advance({later(wrong, seconds{60}), seconds{60}});
  EXPECT_EQ(advance.log_time, later(wrong, seconds{60}));
}

TEST(WindowClock, AJumpThatIsTakenBackExpiresNothing) {
  WindowClock clock(kStart);
  clock.advance({kStart, seconds{0}});
  clock.advance({later(kStart, hours{3}), seconds{0}});
  EXPECT_EQ(clock.advance({later(kStart, seconds{30}), seconds{30}}).log_time, later(kStart, seconds{30}));
  // A later jump has a minute of its own.
  EXPECT_TRUE(clock.advance({later(kStart, hours{3}), seconds{50}}).jump_began);
  EXPECT_EQ(clock.advance({later(kStart, hours{3}), seconds{70}}).log_time, later(kStart, seconds{70}));
}

TEST(WindowClock, AJumpToYetAnotherTimeHasAMinuteOfItsOwn) {
  WindowClock clock(kStart);
  clock.advance({kStart, seconds{0}});
  clock.advance({later(kStart, hours{3}), seconds{0}});
  EXPECT_TRUE(clock.advance({later(kStart, hours{30}), seconds{59}}).jump_began);
  EXPECT_EQ(clock.advance({later(kStart, hours{30}), seconds{61}}).log_time, later(kStart, seconds{61}));
}

TEST(WindowClock, AStandstillOfDaysIsFollowedAfterAMinute) {
  WindowClock clock(kStart);
  const Timestamp now = later(kStart, hours{48});
  EXPECT_TRUE(clock.advance({now, minutes{7}}).jump_began);
  EXPECT_EQ(clock.advance({later(now, minutes{1}), minutes{8}}).log_time, later(now, minutes{1}));
}

// Whatever the wall clock does, the clock never goes back, and it leads what really passed by more than an
// hour only if the wall clock has insisted for a minute.
TEST(WindowClock, RandomReadingsKeepThePromises) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 200; ++round) {
    WindowClock clock(kStart);
    milliseconds elapsed{0};
    std::int64_t error = 0;       // of the wall clock
    milliseconds error_since{0};  // when it came about
    Timestamp last = kStart;
    for (int step = 0; step < 300; ++step) {
      elapsed += milliseconds{random() % 20'000};
      if (random() % 10 == 0) {
        const std::int64_t next = static_cast<std::int64_t>(random() % 8) * 10'800'000 - 32'400'000;
        if (next != error)
          error_since = elapsed;
        error = next;
      }
      const Timestamp now{kStart.value() + static_cast<std::uint64_t>(elapsed.count() + error)};
      const Timestamp log_time = clock.advance({now, elapsed}).log_time;
      ASSERT_GE(log_time, last);
      const bool leapt = log_time > later(last, hours{1} + seconds{21});
      ASSERT_TRUE(!leapt || elapsed - error_since >= minutes{1});
      last = log_time;
    }
  }
}

}  // namespace
}  // namespace hourglass::core
