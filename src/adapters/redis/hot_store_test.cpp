#include "adapters/redis/hot_store.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "adapters/redis/testing/one_partition.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Offset;
using cluster::Partition;

class RedisHotStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    begin();
    ASSERT_EQ(apply(0, {1, 2}), "applied");
  }

  void begin() {
    const auto begun = begin_anew(store_);
    ASSERT_TRUE(begun) << begun.error().message;
    ASSERT_TRUE(*begun);
  }

  std::string apply(std::int64_t from, const std::vector<std::uint64_t>& users) {
    const auto records = clicks(from, users);
    return outcome(
        store_.apply(Offset{from}, Offset{from + static_cast<std::int64_t>(users.size())}, records));
  }

  std::vector<std::string> keys(const std::string& pattern) {
    std::vector<std::string> found;
    std::istringstream all(server_.command({"KEYS", pattern}));
    for (std::string key; all >> key;)
      found.push_back(key);
    return found;
  }

  void expect_that_no_key_expires() {
    for (const std::string& key : keys("*"))
      EXPECT_EQ(server_.command({"TTL", key}), "-1") << key;
  }

  /// As it is after a key was damaged: the store says so, and a copy mends it.
  void expect_mended(const std::string& said) {
    EXPECT_EQ(apply(2, {3}), said);
    begin();
    EXPECT_EQ(apply(0, {1}), "applied");
    EXPECT_EQ(server_.command({"SCARD", kUsers}), "1");
  }

  static constexpr const char* kMeta = "events:{0}:meta";
  static constexpr const char* kUsers = "events:{0}:u:480000";

  RedisServer server_;
  RedisSettings settings_ = test_settings({server_.endpoint()});
  RedisHotStore store_{settings_, Partition{0}};
};

TEST_F(RedisHotStoreTest, KeepsWhatItSaysItKeeps) {
  EXPECT_EQ(server_.command({"HMGET", kMeta, "fingerprint", "next", "time", "floor", "last", "h:480000",
                             "opened", "closed"}),
            "fingerprint 2 1000001 0 1 0000000000000001 2 2 0 2 0 1 2 2");
  EXPECT_EQ(server_.command({"HGETALL", "events:{0}:boots"}), "0000000000000001 1000001 2");
  EXPECT_EQ(server_.command({"ZCARD", "events:{0}:iks"}), "2");
  EXPECT_EQ(server_.command({"SORT", kUsers}), "1 2");
  EXPECT_EQ(keys("*").size(), 4U);
}

TEST_F(RedisHotStoreTest, NoKeyExpires) {
  expect_that_no_key_expires();
}

TEST_F(RedisHotStoreTest, ForgetsKeysAndProducersBehindTheWindow) {
  cluster::Record record = clicks(2, {3}).front();
  record.time = cluster::LogTime{1'000'001 + settings_.window.count()};
  record.event->identity = {cluster::BootId{2}, 1};
  record.event->key.reset();
  ASSERT_EQ(outcome(store_.apply(Offset{2}, Offset{3}, std::span(&record, 1))), "applied");
  EXPECT_EQ(server_.command({"HGETALL", "events:{0}:boots"}), "0000000000000002 87400001 1");
  EXPECT_EQ(server_.command({"EXISTS", "events:{0}:iks"}), "0");
}

TEST_F(RedisHotStoreTest, AKeyOfAnotherTypeIsCorruptAndMendedByACopy) {
  for (const std::string key : {"boots", "iks", "u:480000"}) {
    server_.command({"SET", "events:{0}:" + key, "x"});
    expect_mended("corrupt at 2");
    ASSERT_EQ(apply(1, {2}), "applied");
  }
  server_.command({"SET", kMeta, "x"});
  EXPECT_EQ(store_.load().value(), std::nullopt);
  expect_mended("moved to nowhere");
}

TEST_F(RedisHotStoreTest, UsersThatDoNotFitTheirNumberAreCorrupt) {
  server_.command({"SREM", kUsers, "1"});
  expect_mended("corrupt at 2");
  ASSERT_EQ(apply(1, {2}), "applied");
  server_.command({"DEL", kUsers});
  expect_mended("corrupt at 2");
  ASSERT_EQ(apply(1, {2}), "applied");
  server_.command({"HDEL", kMeta, "h:480000"});
  expect_mended("corrupt at 2");
}

TEST_F(RedisHotStoreTest, UsersWhoseMetaWasLostAreRemovedByACopy) {
  server_.command({"DEL", kMeta});
  expect_mended("moved to nowhere");
}

TEST_F(RedisHotStoreTest, FieldsThatAreNoneAreCorruptOrNothing) {
  server_.command({"HSET", kMeta, "h:480000", "2 0 2 0"});
  expect_mended("corrupt at 2");
  ASSERT_EQ(apply(1, {2}), "applied");
  server_.command({"HSET", "events:{0}:boots", "0000000000000001", "1 2:3"});
  expect_mended("corrupt at 2");
  ASSERT_EQ(apply(1, {2}), "applied");
  server_.command({"HSET", kMeta, "time", "x"});
  EXPECT_EQ(store_.load().value(), std::nullopt);
  EXPECT_EQ(apply(2, {3}), "corrupt at 2");
  server_.command({"HSET", kMeta, "next", "x"});
  EXPECT_EQ(store_.load().value(), std::nullopt);
  expect_mended("moved to nowhere");
}

TEST_F(RedisHotStoreTest, ATornScriptIsCorruptAndStandsNowhereUntilACopyMendsIt) {
  for (const std::vector<std::string>& torn : {std::vector<std::string>{"HINCRBY", kMeta, "opened", "1"},
                                               {"HINCRBY", kMeta, "opened", "-1"},
                                               {"HDEL", kMeta, "opened"},
                                               {"HDEL", kMeta, "closed"},
                                               {"HDEL", kMeta, "opened", "closed"},
                                               {"HSET", kMeta, "opened", "x", "closed", "x"}}) {
    server_.command(torn);
    EXPECT_EQ(store_.load().value(), std::nullopt);
    EXPECT_EQ(store_.next().value(), std::nullopt);
    const std::string before = server_.command({"HGETALL", kMeta});
    EXPECT_EQ(apply(5, {3}), "corrupt at 2");
    EXPECT_FALSE(store_.drop(kTestHour, Offset{5}).value());
    EXPECT_EQ(server_.command({"HGETALL", kMeta}), before);
    expect_mended("corrupt at 2");
    ASSERT_EQ(apply(1, {2}), "applied");
  }
}

TEST_F(RedisHotStoreTest, InThePlaceOfATornPartitionACopyIsPutWhateverWasSeen) {
  for (const std::optional<Offset> seen : {std::optional<Offset>(), std::optional(Offset{2})}) {
    server_.command({"HINCRBY", kMeta, "opened", "1"});
    EXPECT_TRUE((*store_.begin_copy())->put_in_place(seen, {Offset{2}, {}, {}}, "", core::Hour{0}).value());
    EXPECT_EQ(store_.next().value(), Offset{2});
  }
  EXPECT_FALSE((*store_.begin_copy())->put_in_place(std::nullopt, {}, "", core::Hour{0}).value());
}

TEST_F(RedisHotStoreTest, WhatHasNothingToForgetWritesNothing) {
  const core::Hour behind{kTestHour.value() + 1};
  ASSERT_TRUE(store_.drop(behind, Offset{2}).value());
  const auto opened = server_.command({"HGET", kMeta, "opened"});
  EXPECT_TRUE(store_.drop(behind, Offset{2}).value());
  EXPECT_TRUE(store_.drop(kTestHour, Offset{2}).value());
  EXPECT_EQ(server_.command({"HGET", kMeta, "opened"}), opened);
}

TEST_F(RedisHotStoreTest, ACopyLivesForAnHourUntilItIsPutInPlace) {
  const auto copy = store_.begin_copy();
  const cluster::RememberedKey key{cluster::KeyDigest{1}, cluster::LogTime{5}};
  const cluster::UserId user{8};
  ASSERT_TRUE((*copy)->put_keys(std::span(&key, 1)));
  ASSERT_TRUE((*copy)->put_hour({kTestHour, {1, 1, 0}, Offset{4}}));
  ASSERT_TRUE((*copy)->put_users(kTestHour, std::span(&user, 1)));
  const auto copied = keys("events:{0}:new:*");
  EXPECT_EQ(copied.size(), 3U);
  for (const std::string& name : copied) {
    EXPECT_GT(std::stoi(server_.command({"TTL", name})), 3'500) << name;
    EXPECT_LE(std::stoi(server_.command({"TTL", name})), 3'600) << name;
  }
  ASSERT_TRUE(
      (*copy)->put_in_place(Offset{2}, {Offset{4}, cluster::LogTime{5}, {}}, "", core::Hour{0}).value());
  EXPECT_EQ(keys("events:{0}:new:*").size(), 0U);
  expect_that_no_key_expires();
  EXPECT_EQ(server_.command({"HGET", kMeta, "h:480000"}), "1 0 1 4 3");
}

TEST_F(RedisHotStoreTest, ACopyThatIsNotPutInPlaceIsRemoved) {
  const auto copy = store_.begin_copy();
  const cluster::UserId user{8};
  ASSERT_TRUE((*copy)->put_hour({kTestHour, {1, 1, 0}, Offset{4}}));
  ASSERT_TRUE((*copy)->put_users(kTestHour, std::span(&user, 1)));
  EXPECT_FALSE((*copy)->put_in_place(Offset{1}, {}, "", core::Hour{0}).value());
  EXPECT_EQ(keys("events:{0}:new:*").size(), 0U);
}

TEST_F(RedisHotStoreTest, ACopyOfWhichSomethingIsMissingIsNotPutInPlace) {
  const cluster::RememberedKey remembered{cluster::KeyDigest{1}, cluster::LogTime{5}};
  for (const std::string part : {"hours", "iks", "u:480000"}) {
    const auto copy = store_.begin_copy();
    const cluster::UserId user{8};
    ASSERT_TRUE((*copy)->put_keys(std::span(&remembered, 1)));
    ASSERT_TRUE((*copy)->put_hour({kTestHour, {1, 1, 0}, Offset{4}}));
    ASSERT_TRUE((*copy)->put_users(kTestHour, std::span(&user, 1)));
    server_.command({"DEL", keys("events:{0}:new:*:" + part).at(0)});
    const auto placed = (*copy)->put_in_place(Offset{2}, {}, "", core::Hour{0});
    ASSERT_FALSE(placed) << part;
    EXPECT_EQ(placed.error().remedy, cluster::Remedy::retry);
    for (const std::string& key : keys("events:{0}:new:*"))
      server_.command({"DEL", key});
  }
  EXPECT_EQ(apply(2, {3}), "applied");
}

TEST_F(RedisHotStoreTest, ACopyThatLostAKeyIsNotPutInPlace) {
  const auto copy = store_.begin_copy();
  for (std::uint8_t key = 0; key < 2; ++key) {
    const cluster::RememberedKey remembered{cluster::KeyDigest{key}, cluster::LogTime{5}};
    ASSERT_TRUE((*copy)->put_keys(std::span(&remembered, 1)));
    if (key == 0)
      server_.command({"DEL", keys("events:{0}:new:*:iks").at(0)});  // a server that started again
  }
  EXPECT_FALSE((*copy)->put_in_place(Offset{2}, {}, "", core::Hour{0}));
}

TEST_F(RedisHotStoreTest, ACopyOfManyUsersAndKeys) {
  constexpr std::size_t kCount = 30'000;
  const auto copy = store_.begin_copy();
  std::vector<cluster::RememberedKey> remembered;
  std::vector<cluster::UserId> users;
  for (std::size_t index = 0; index < kCount; ++index) {
    remembered.push_back(
        {cluster::KeyDigest{static_cast<std::uint8_t>(index), static_cast<std::uint8_t>(index >> 8U)},
         cluster::LogTime{1'000'000}});
    users.emplace_back(index);
  }
  ASSERT_TRUE((*copy)->put_keys(remembered));
  ASSERT_TRUE((*copy)->put_hour({kTestHour, {kCount, kCount, 0}, Offset{4}}));
  ASSERT_TRUE((*copy)->put_users(kTestHour, users));
  std::string boots;
  for (int boot = 100; boot < 900; ++boot)
    boots += (boots.empty() ? "0000000000000" : ";0000000000000") + std::to_string(boot) + " 1000000 7:3-4";
  ASSERT_TRUE(
      (*copy)
          ->put_in_place(Offset{2}, {Offset{4}, cluster::LogTime{1'000'000}, {}}, boots, core::Hour{0})
          .value());
  EXPECT_EQ(server_.command({"ZCARD", "events:{0}:iks"}), "30000");
  EXPECT_EQ(server_.command({"HLEN", "events:{0}:boots"}), "800");
  EXPECT_EQ(server_.command({"HGET", "events:{0}:boots", "0000000000000899"}), "1000000 7:3-4");
  EXPECT_EQ(apply(4, {kCount, kCount + 1}), "applied");
  EXPECT_EQ(server_.command({"SCARD", kUsers}), "30000");  // both keys are known
}

}  // namespace
}  // namespace hourglass::adapters
