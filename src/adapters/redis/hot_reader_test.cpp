#include "adapters/redis/hot_reader.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/redis/testing/one_partition.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Offset;
using cluster::Partition;

constexpr std::uint32_t kPartitions = 5;

class RedisHotReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (std::uint32_t number = 0; number < kPartitions; ++number) {
      RedisHotStore store(settings_, Partition{number});
      ASSERT_TRUE(begin_anew(store));
      const auto records = clicks(0, std::vector<std::uint64_t>(number + 1, 7));
      ASSERT_EQ(outcome(store.apply(Offset{0}, Offset{100}, records)), "applied");
    }
  }

  /// By partition: clicks, "none", or "fault".
  static std::vector<std::string> read(RedisHotReader& reader) {
    std::vector<std::string> said;
    for (const cluster::HotAnswer& answer : reader.read(std::span(&kTestHour, 1)))
      said.push_back(!answer            ? "fault"
                     : !answer->front() ? "none"
                                        : std::to_string(answer->front()->totals.clicks));
    return said;
  }

  using Said = std::vector<std::string>;

  /// Whether a server that was at rest is asked again.
  static void expect_all_in_the_end(RedisHotReader& reader) {
    const Said all{"1", "2", "3", "4", "5"};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    Said said = read(reader);
    while (said != all && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
      said = read(reader);
    }
    EXPECT_EQ(said, all);
  }

  RedisServer even_;
  RedisServer odd_;
  RedisSettings settings_ = test_settings({even_.endpoint(), odd_.endpoint()}, kPartitions);
  RedisHotReader reader_{settings_};
};

TEST_F(RedisHotReaderTest, ReadsEveryPartitionWhereItLives) {
  EXPECT_EQ(read(reader_), (Said{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(even_.command({"EXISTS", "events:{0}:meta", "events:{2}:meta", "events:{4}:meta"}), "3");
  EXPECT_EQ(odd_.command({"EXISTS", "events:{1}:meta", "events:{3}:meta"}), "2");
}

TEST_F(RedisHotReaderTest, AServerThatDoesNotAnswerFailsOnlyItsPartitions) {
  odd_.kill();
  EXPECT_EQ(read(reader_), (Said{"1", "fault", "3", "fault", "5"}));
  odd_.start();
  expect_all_in_the_end(reader_);
}

TEST_F(RedisHotReaderTest, AServerThatHangsTakesTheTimeLimitAndFailsOnlyItsPartitions) {
  settings_.call_limit = std::chrono::seconds{2};
  RedisHotReader reader(settings_);
  EXPECT_EQ(read(reader), (Said{"1", "2", "3", "4", "5"}));
  even_.suspend();
  odd_.kill();  // so that a connection has to be made while the other server hangs
  odd_.start();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(read(reader), (Said{"fault", "2", "fault", "4", "fault"}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{10});
  even_.resume();
  expect_all_in_the_end(reader);
}

TEST_F(RedisHotReaderTest, OnlyTheFirstReadWaitsForAServerThatHangs) {
  settings_ = impatient(settings_);
  RedisHotReader reader(settings_);
  EXPECT_EQ(read(reader), (Said{"1", "2", "3", "4", "5"}));
  even_.suspend();
  EXPECT_EQ(read(reader), (Said{"fault", "2", "fault", "4", "fault"}));
  constexpr int kReads = 50;  // which take 30 s if each of them waits
  const auto begin = std::chrono::steady_clock::now();
  for (int count = 0; count < kReads; ++count)
    EXPECT_EQ(read(reader), (Said{"fault", "2", "fault", "4", "fault"}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kReads * settings_.call_limit / 4);
  const auto answer = reader.read(std::span(&kTestHour, 1))[0];
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("within"), std::string::npos) << answer.error().message;
  even_.resume();
  expect_all_in_the_end(reader);
}

TEST_F(RedisHotReaderTest, AServerThatAnswersErrorsIsAskedEachTime) {
  even_.command({"ACL", "SETUSER", "default", "-hmget"});
  EXPECT_EQ(read(reader_), (Said{"fault", "2", "fault", "4", "fault"}));
  even_.command({"ACL", "SETUSER", "default", "+hmget"});
  EXPECT_EQ(read(reader_), (Said{"1", "2", "3", "4", "5"}));
}

TEST_F(RedisHotReaderTest, WhatIsNotOfTheFormIsReadFromTheColdStore) {
  even_.command({"HSET", "events:{0}:meta", "h:480000", "1 0 1 0 0 0"});
  odd_.command({"SET", "events:{1}:meta", "x"});
  even_.command({"HSET", "events:{2}:meta", "floor", "-1"});
  odd_.command({"HSET", "events:{3}:meta", "fingerprint", "another"});
  even_.command({"HDEL", "events:{4}:meta", "next"});
  EXPECT_EQ(read(reader_), (Said{"none", "none", "none", "none", "none"}));
}

TEST_F(RedisHotReaderTest, WhereAScriptWasTornHoursAreReadFromTheColdStore) {
  even_.command({"HINCRBY", "events:{0}:meta", "opened", "1"});
  odd_.command({"HDEL", "events:{1}:meta", "closed"});
  even_.command({"HDEL", "events:{2}:meta", "opened", "closed"});
  EXPECT_EQ(read(reader_), (Said{"none", "none", "none", "4", "5"}));
}

TEST_F(RedisHotReaderTest, ReadsManyHoursAtOnce) {
  std::vector<core::Hour> hours;
  for (std::uint64_t hour = 0; hour < 20'000; ++hour)
    hours.emplace_back(kTestHour.value() - hour);
  const auto answers = reader_.read(hours);
  ASSERT_EQ(answers.size(), kPartitions);
  for (const cluster::HotAnswer& answer : answers) {
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_EQ(answer->size(), hours.size());
    EXPECT_EQ(answer->back()->totals, core::Totals{});
    EXPECT_EQ(answer->back()->next, Offset{100});
  }
  EXPECT_EQ((*answers[4])[0]->totals.clicks, 5U);
}

TEST_F(RedisHotReaderTest, MoreServersThanPartitions) {
  settings_.partitions = 1;
  RedisHotReader reader(settings_);
  const auto answers = reader.read(std::span(&kTestHour, 1));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0]);
}

}  // namespace
}  // namespace hourglass::adapters
