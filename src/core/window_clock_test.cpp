#include "core/window_clock.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

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

TEST(WindowClock, AJumpIsReportedOnceEvenIfNoTimePasses) {
  WindowClock clock(kStart);
  const Timestamp wrong = later(kStart, hours{3});
  EXPECT_TRUE(clock.advance({wrong, seconds{1}}).jump_began);
  EXPECT_FALSE(clock.advance({wrong, seconds{1}}).jump_began);
}

TEST(WindowClock, AStepOfAnHourIsNoJumpAndAMillisecondMoreIs) {
  WindowClock clock(kStart);
  clock.advance({kStart, seconds{0}});
  EXPECT_EQ(clock.advance({later(kStart, hours{1}), seconds{0}}).log_time, later(kStart, hours{1}));
  const Timestamp beyond = later(kStart, hours{2} + milliseconds{1});
  EXPECT_TRUE(clock.advance({beyond, seconds{0}}).jump_began);
  EXPECT_EQ(clock.log_time(), later(kStart, hours{1}));
}

TEST(WindowClock, AConfirmedJumpIsFollowedAtTheFirstReadingHoweverLateItComes) {
  WindowClock clock(kStart);
  const Timestamp now = later(kStart, hours{48});
  EXPECT_TRUE(clock.advance({now, seconds{0}}).jump_began);
  const auto advance = clock.advance({later(now, hours{5}), hours{5}});
  EXPECT_FALSE(advance.jump_began);
  EXPECT_EQ(advance.log_time, later(now, hours{5}));
}

TEST(WindowClock, KeepsFractionsOfAMillisecondWhileItWaits) {
  WindowClock clock(kStart);
  const Timestamp wrong = later(kStart, hours{3});
  for (int i = 0; i <= 10'000; ++i)
    clock.advance({wrong, std::chrono::microseconds{300 * i}});
  EXPECT_EQ(clock.log_time(), later(kStart, seconds{3}));
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

/// The clock said plainly: it keeps every reading and what it answered, and looks back over all of them each
/// time.
class PlainClock {
 public:
  explicit PlainClock(std::int64_t stored) : stored_(stored) {}

  struct Answer {
    std::int64_t log_time;
    bool jump_began;
  };

  Answer advance(std::int64_t now, std::int64_t elapsed) {
    const std::int64_t previous = past_.empty() ? stored_ : past_.back().log_time;
    const std::int64_t passed = past_.empty() ? 0 : elapsed - past_.back().elapsed;
    const bool ahead = previous != 0 && now > previous + passed + kHour;
    past_.push_back({now, elapsed, ahead, 0});
    const std::size_t begin = jump_begin();
    const bool held = ahead && elapsed - past_[begin].elapsed < 60'000;
    past_.back().log_time = held ? previous + passed : std::max(previous, now);
    if (ahead && !held)
      past_.back().ahead = false;  // it has been followed: what comes next is measured anew
    return {past_.back().log_time, held && begin + 1 == past_.size()};
  }

 private:
  static constexpr std::int64_t kHour = 3'600'000;
  struct Moment {
    std::int64_t now, elapsed;
    bool ahead;
    std::int64_t log_time;
  };

  /// The reading that began the jump which the last reading belongs to: the first of the latest run of
  /// readings that are ahead, or the last in it that contradicted the one before it.
  [[nodiscard]] std::size_t jump_begin() const {
    std::size_t begin = past_.size();
    while (begin > 0 && past_[begin - 1].ahead)
      --begin;
    for (std::size_t i = begin; i < past_.size(); ++i) {
      const std::int64_t shown = past_[i].now - past_[i].elapsed;
      if (std::abs(shown - (past_[begin].now - past_[begin].elapsed)) > kHour)
        begin = i;
    }
    return begin;
  }

  std::int64_t stored_;
  std::vector<Moment> past_;
};

/// A wall clock that stands still, drifts, jumps and is set right, read now and then.
class UnrulyClock {
 public:
  explicit UnrulyClock(std::mt19937_64& random) : random_(random) {}

  void go_on() {
    const std::int64_t longest[] = {1, 1'000, 20'000, 20'000, 70'000, 10'000'000};
    elapsed += static_cast<std::int64_t>(random_() % 10 == 0 ? 0 : random_() % longest[random_() % 6]);
    switch (random_() % 12) {
      case 0: error_ = static_cast<std::int64_t>(random_() % 9) * 3'600'000 - 14'400'000; break;
      case 1: error_ = static_cast<std::int64_t>(random_() % 200'000'000) - 50'000'000; break;
      case 2: error_ = 0; break;
      default: error_ += static_cast<std::int64_t>(random_() % 1'000) - 500; break;
    }
    now = static_cast<std::int64_t>(kStart.value()) + elapsed + error_;
  }

  std::int64_t elapsed = 0;
  std::int64_t now = 0;

 private:
  std::mt19937_64& random_;
  std::int64_t error_ = 0;
};

TEST(WindowClock, AgreesWithAPlainClock) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t stored =
        random() % 4 == 0 ? 0 : kStart.value() + random() % 400'000'000 - 200'000'000;
    WindowClock clock(Timestamp{stored});
    PlainClock plain(static_cast<std::int64_t>(stored));
    UnrulyClock wall(random);
    for (int step = 0; step < 200; ++step) {
      wall.go_on();
      const auto advance =
          clock.advance({Timestamp{static_cast<std::uint64_t>(wall.now)}, milliseconds{wall.elapsed}});
      const auto expected = plain.advance(wall.now, wall.elapsed);
      ASSERT_EQ(advance.log_time.value(), static_cast<std::uint64_t>(expected.log_time))
          << round << ' ' << step;
      ASSERT_EQ(advance.jump_began, expected.jump_began) << round << ' ' << step;
      ASSERT_EQ(clock.log_time(), advance.log_time);
    }
  }
}

}  // namespace
}  // namespace hourglass::core
