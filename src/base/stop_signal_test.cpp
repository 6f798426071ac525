#include "base/stop_signal.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

namespace hourglass::base {
namespace {

/// Run in processes of their own, since what they do with signals holds for the whole process.
class StopSignalDeathTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

constexpr int kWell = 77;

TEST_F(StopSignalDeathTest, AnotherThreadEndsTheWaiting) {
  EXPECT_EXIT(
      {
        StopSignal stop;
        std::thread other([&] { stop.raise(); });
        stop.wait();
        other.join();
        ::_exit(kWell);
      },
      ::testing::ExitedWithCode(kWell), "");
}

TEST_P(StopSignalDeathTest, ASignalEndsTheWaitingWhicheverThreadItIsSentTo) {
  EXPECT_EXIT(
      {
        StopSignal stop;
        std::atomic<bool> ending{false};
        std::thread other([&] {
          while (!ending)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        });
        ::kill(::getpid(), GetParam());
        stop.wait();
        ending = true;
        other.join();
        ::_exit(kWell);
      },
      ::testing::ExitedWithCode(kWell), "");
}

TEST_P(StopSignalDeathTest, ASecondSignalEndsTheProcessAtOnce) {
  EXPECT_EXIT(
      {
        StopSignal stop;
        ::kill(::getpid(), SIGTERM);
        stop.wait();
        ::kill(::getpid(), GetParam());
        std::this_thread::sleep_for(std::chrono::seconds{30});
        ::_exit(kWell);
      },
      ::testing::ExitedWithCode(128 + GetParam()), "");
}

TEST_P(StopSignalDeathTest, ASignalThatWasIgnoredBeforeIsTaken) {
  EXPECT_EXIT(
      {
        std::signal(GetParam(), SIG_IGN);  // as a shell does for what runs in the background
        StopSignal stop;
        ::kill(::getpid(), GetParam());
        stop.wait();
        ::kill(::getpid(), GetParam());
        std::this_thread::sleep_for(std::chrono::seconds{30});
      },
      ::testing::ExitedWithCode(128 + GetParam()), "");
}

TEST_F(StopSignalDeathTest, AWriteToNobodyIsNoSignal) {
  EXPECT_EXIT(
      {
        StopSignal stop;
        int ends[2];
        if (::pipe(ends) != 0)
          ::_exit(1);
        ::close(ends[0]);
        const bool failed = ::write(ends[1], "x", 1) < 0;
        ::_exit(failed ? kWell : 1);
      },
      ::testing::ExitedWithCode(kWell), "");
}

INSTANTIATE_TEST_SUITE_P(Signals, StopSignalDeathTest, ::testing::Values(SIGTERM, SIGINT));

}  // namespace
}  // namespace hourglass::base
