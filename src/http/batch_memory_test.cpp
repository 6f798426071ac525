#include "http/batch_memory.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace hourglass::http {
namespace {

TEST(BatchMemory, IsSharedUpToItsBound) {
  BatchMemory memory(100);
  BatchMemory::Share first(memory);
  BatchMemory::Share second(memory);
  EXPECT_TRUE(first.hold(60));
  EXPECT_TRUE(second.hold(40));
  EXPECT_FALSE(second.hold(41));
  EXPECT_FALSE(first.hold(61));
  EXPECT_EQ(memory.held_bytes(), 100U);
  EXPECT_TRUE(first.hold(10));
  EXPECT_TRUE(second.hold(90));
  EXPECT_TRUE(second.hold(90)) << "no more than before";
}

TEST(BatchMemory, ComesBackAtTheEnd) {
  BatchMemory memory(100);
  {
    BatchMemory::Share share(memory);
    EXPECT_TRUE(share.hold(100));
    BatchMemory::Share other(memory);
    EXPECT_FALSE(other.hold(1));
  }
  EXPECT_EQ(memory.held_bytes(), 0U);
}

TEST(BatchMemory, ABatchThatIsAloneMayBeOfAnySize) {
  BatchMemory memory(100);
  BatchMemory::Share alone(memory);
  EXPECT_TRUE(alone.hold(1'000));
  EXPECT_TRUE(alone.hold(2'000));
  BatchMemory::Share other(memory);
  EXPECT_FALSE(other.hold(1));
  EXPECT_TRUE(alone.hold(50));
  EXPECT_TRUE(other.hold(50));
  EXPECT_FALSE(alone.hold(1'000)) << "it is not alone any more";
}

TEST(BatchMemory, KeepsItsBoundBetweenThreads) {
  BatchMemory memory(1'000);
  constexpr std::size_t kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  std::atomic<bool> exceeded{false};
  while (threads.size() < kThreads) {
    threads.emplace_back([&] {
      for (std::size_t round = 0; round < 20'000; ++round) {
        BatchMemory::Share share(memory);
        if (share.hold(1 + round % 500) && share.hold(1 + round % 900) && memory.held_bytes() > 1'000)
          exceeded = true;
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_FALSE(exceeded);
  EXPECT_EQ(memory.held_bytes(), 0U);
}

}  // namespace
}  // namespace hourglass::http
