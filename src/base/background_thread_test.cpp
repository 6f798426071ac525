#include "base/background_thread.hpp"

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace hourglass::base {
namespace {

TEST(BackgroundThread, WorksInTheOrderOfTheGivingAndFinishesBeforeItIsDestroyed) {
  std::vector<int> done;
  {
    BackgroundThread thread;
    for (int i = 0; i < 1'000; ++i)
      thread.run([&done, i] { done.push_back(i); });
  }
  std::vector<int> expected(1'000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(done, expected);
}

TEST(BackgroundThread, WorkMayGiveMoreWork) {
  std::atomic<int> done = 0;
  {
    BackgroundThread thread;
    thread.run([&] {
      ++done;
      thread.run([&] { ++done; });
    });
  }
  EXPECT_EQ(done, 2);
}

TEST(BackgroundThread, AnyThreadMayGive) {
  int done = 0;  // touched by the one thread only
  {
    BackgroundThread thread;
    std::vector<std::thread> givers;
    givers.reserve(4);
    for (int giver = 0; giver < 4; ++giver) {
      givers.emplace_back([&] {
        for (int i = 0; i < 500; ++i)
          thread.run([&done] { ++done; });
      });
    }
    for (std::thread& giver : givers)
      giver.join();
  }
  EXPECT_EQ(done, 2'000);
}

TEST(BackgroundThread, MayHaveNothingToDo) {
  const BackgroundThread thread;
}

}  // namespace
}  // namespace hourglass::base
