#include <chrono>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/testing/one_partition.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Offset;
using cluster::Partition;
using cluster::Remedy;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::chrono::seconds kDeadline{20};

class RedisHotStoreFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto begun = begin_anew(store_);
    ASSERT_TRUE(begun && *begun);
  }

  std::string apply(std::int64_t from, const std::vector<std::uint64_t>& users) {
    const auto records = clicks(from, users);
    return outcome(
        store_.apply(Offset{from}, Offset{from + static_cast<std::int64_t>(users.size())}, records));
  }

  /// Where it stands, once it answers again.
  std::int64_t next_in_the_end() {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    auto next = store_.next();
    while (!next && std::chrono::steady_clock::now() < deadline)
      next = store_.next();
    return next && *next ? (*next)->value() : -1;
  }

  std::string uniques() {
    RedisHotReader reader(settings_);
    const auto answer = reader.read(std::span(&kTestHour, 1))[0];
    if (!answer)
      return answer.error().message;
    const cluster::HotHour& hour = answer->front();
    return hour ? std::to_string(hour->totals.unique_users) : "none";
  }

  RedisServer server_;
  RedisSettings settings_ = test_settings({server_.endpoint()});
  RedisHotStore store_{settings_, Partition{0}};
};

TEST_F(RedisHotStoreFaultTest, AServerThatWasKilledIsAFaultUntilItIsBack) {
  ASSERT_EQ(apply(0, {1}), "applied");
  server_.kill();
  EXPECT_THAT(apply(1, {2}), StartsWith("retry: redis 127.0.0.1:"));
  EXPECT_THAT(apply(1, {2}), HasSubstr("cannot connect: Connection refused"));
  server_.start();
  EXPECT_EQ(next_in_the_end(), 1);
  EXPECT_EQ(apply(1, {2}), "applied");
  EXPECT_EQ(uniques(), "2");
}

TEST_F(RedisHotStoreFaultTest, AConnectionThatTheServerClosedIsMadeAgain) {
  ASSERT_EQ(apply(0, {1}), "applied");
  server_.command({"CLIENT", "KILL", "TYPE", "normal"});
  EXPECT_EQ(apply(1, {2}), "applied");
}

TEST_F(RedisHotStoreFaultTest, AServerThatHangsIsAFaultWithinTheTimeLimit) {
  ASSERT_EQ(apply(0, {1}), "applied");
  RedisHotStore hasty(impatient(settings_), Partition{0});
  (void)hasty.load();
  server_.suspend();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(outcome(hasty.apply(Offset{1}, Offset{2}, clicks(1, {2}))),
              HasSubstr("no answer within 600 ms"));
  EXPECT_FALSE(hasty.load());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{10});
  server_.resume();
  std::int64_t next = next_in_the_end();
  std::string said = apply(next, {3});
  if (said == "moved to 2") {  // by what it was asked before, which it may do now
    next = 2;
    said = apply(next, {3});
  }
  EXPECT_EQ(said, "applied");
  EXPECT_EQ(uniques(), next == 1 ? "2" : "3");
}

TEST_F(RedisHotStoreFaultTest, AServerThatForgetsScriptsIsGivenThemAgain) {
  ASSERT_EQ(apply(0, {1}), "applied");
  server_.command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(apply(1, {2}), "applied");
  EXPECT_EQ(apply(2, {3}), "applied");
}

TEST_F(RedisHotStoreFaultTest, ABusyServerIsWaitedFor) {
  server_.command({"CONFIG", "SET", "lua-time-limit", "10"});
  std::thread endless([&] { server_.command({"EVAL", "while true do end", "0"}); });
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  std::string said;
  while (!said.starts_with("retry: redis") && std::chrono::steady_clock::now() < deadline)
    said = outcome(store_.apply(Offset{0}, Offset{0}, {}));
  EXPECT_THAT(said, testing::AnyOf(HasSubstr("answers BUSY"), HasSubstr("no answer within")));
  while (server_.command({"SCRIPT", "KILL"}) != "OK" && std::chrono::steady_clock::now() < deadline) {
  }
  endless.join();
  EXPECT_EQ(next_in_the_end(), 0);
  EXPECT_EQ(apply(0, {1}), "applied");
}

TEST_F(RedisHotStoreFaultTest, AServerWithoutMemoryCountsNothingAndIsWaitedFor) {
  ASSERT_EQ(apply(0, {1}), "applied");
  server_.command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_THAT(apply(1, {2, 3}), StartsWith("retry: redis"));
  EXPECT_THAT(apply(1, {2, 3}), HasSubstr("OOM"));
  EXPECT_EQ(uniques(), "1");
  EXPECT_TRUE(store_.drop(core::Hour{kTestHour.value() + 1}, Offset{1}));  // which makes room
  EXPECT_EQ(uniques(), "none");
  server_.command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(apply(1, {2, 3}), "applied");
}

TEST_F(RedisHotStoreFaultTest, AReplicaIsWaitedForUntilItIsTheMaster) {
  server_.command({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_THAT(apply(0, {1}), StartsWith("retry: redis"));
  server_.command({"REPLICAOF", "NO", "ONE"});
  EXPECT_EQ(apply(0, {1}), "applied");
}

TEST_F(RedisHotStoreFaultTest, ThePasswordIsWaitedForToo) {
  settings_.password = "secret";
  RedisHotStore named(settings_, Partition{0});
  server_.command({"CONFIG", "SET", "requirepass", "other"});
  const auto refused = named.load();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remedy, Remedy::retry);
  EXPECT_THAT(refused.error().message, HasSubstr("WRONGPASS"));
  EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
}

TEST_F(RedisHotStoreFaultTest, AnotherFingerprintIsForAPerson) {
  settings_.fingerprint = "another";
  RedisHotStore other(settings_, Partition{0});
  const auto loaded = other.load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().remedy, Remedy::person);
  EXPECT_THAT(loaded.error().message, HasSubstr("cluster.key"));
  EXPECT_THAT(outcome(other.apply(Offset{0}, Offset{1}, clicks(0, {1}))), StartsWith("person: "));
  const auto dropped = other.drop(kTestHour, Offset{1});
  EXPECT_TRUE(!dropped && dropped.error().remedy == Remedy::person);
  for (const std::optional<Offset> seen : {std::optional<Offset>(), std::optional(Offset{0})}) {
    const auto placed = (*other.begin_copy())->put_in_place(seen, {}, "", core::Hour{0});
    EXPECT_TRUE(!placed && placed.error().remedy == Remedy::person);
  }
  EXPECT_EQ(uniques(), "none");
  EXPECT_EQ(apply(0, {1}), "applied");
}

/// The effects of a script are one transaction in the append only file: where that was cut within them, none
/// of them is there.
TEST_F(RedisHotStoreFaultTest, AScriptIsInTheFileWhollyOrNotAtAll) {
  ASSERT_EQ(apply(0, {1}), "applied");
  const auto file = server_.append_only_file();
  auto bytes_before = std::filesystem::file_size(file);
  for (int round = 1; round <= 8; ++round) {
    ASSERT_EQ(apply(1, {2, 3, 4}), "applied");
    server_.kill();
    const auto bytes = std::filesystem::file_size(file);
    ASSERT_GT(bytes, bytes_before + 8);
    std::filesystem::resize_file(file, bytes_before + (bytes - bytes_before) * round / 9);
    server_.start();
    ASSERT_EQ(next_in_the_end(), 1);
    ASSERT_EQ(uniques(), "1");
    ASSERT_EQ(server_.command({"SCARD", "events:{0}:u:480000"}), "1");
    ASSERT_EQ(server_.command({"ZCARD", "events:{0}:iks"}), "1");
    bytes_before = std::filesystem::file_size(file);
  }
  EXPECT_EQ(apply(1, {2, 3, 4}), "applied");
}

}  // namespace
}  // namespace hourglass::adapters
