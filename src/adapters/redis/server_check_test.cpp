#include "adapters/redis/server_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/testing/mad_server.hpp"
#include "adapters/redis/testing/one_partition.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Remedy;
using ::testing::HasSubstr;

/// "good", or the fault.
std::string check(const RedisSettings& settings, Remedy expected = Remedy::person) {
  const auto checked = check_redis(settings);
  if (checked)
    return "good";
  EXPECT_EQ(checked.error().remedy, expected) << checked.error().message;
  return checked.error().message;
}

std::string bulk(const std::string& text) {
  return '$' + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

TEST(RedisServerCheckTest, ServersAsTheyShouldBe) {
  RedisServer first;
  RedisServer second;
  EXPECT_EQ(check(test_settings({first.endpoint(), second.endpoint()})), "good");
}

TEST(RedisServerCheckTest, AServerThatIsNotThereIsWaitedFor) {
  RedisServer first;
  const std::string said =
      check(test_settings({first.endpoint(), {"127.0.0.1", free_port()}}), Remedy::retry);
  EXPECT_THAT(said, HasSubstr("cannot connect"));
}

TEST(RedisServerCheckTest, AServerThatRemovesKeys) {
  RedisServer server({"--maxmemory-policy", "allkeys-lru"});
  EXPECT_THAT(check(test_settings({server.endpoint()})), HasSubstr("allkeys-lru"));
}

TEST(RedisServerCheckTest, NamesAndPasswords) {
  RedisServer server({"--requirepass", "secret"});
  server.command({"CONFIG", "GET", "port"});
  RedisSettings settings = test_settings({server.endpoint()});
  EXPECT_THAT(check(settings), HasSubstr("redis.user and redis.password"));
  settings.password = "other";
  EXPECT_THAT(check(settings), HasSubstr("redis.user and redis.password"));
  settings.password = "secret";
  EXPECT_EQ(check(settings), "good");
}

TEST(RedisServerCheckTest, APasswordWhereNoneIsAskedFor) {
  RedisServer server;
  RedisSettings settings = test_settings({server.endpoint()});
  settings.password = "secret";
  EXPECT_THAT(check(settings), HasSubstr("redis.user and redis.password"));
}

TEST(RedisServerCheckTest, AUserWhoMayDoWhatIsNeededAndNoMore) {
  RedisServer server;
  server.command({"ACL", "SETUSER", "hourglass", "on", ">secret", "~events:*", "+@read", "+@write",
                  "+@scripting", "+@connection", "+info"});
  RedisSettings settings = test_settings({server.endpoint()});
  settings.user = "hourglass";
  settings.password = "secret";
  EXPECT_EQ(check(settings), "good");
  RedisHotStore store(settings, cluster::Partition{0});
  const auto begun = begin_anew(store);
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_EQ(outcome(store.apply(cluster::Offset{0}, cluster::Offset{2}, clicks(0, {1, 2}))), "applied");
  EXPECT_TRUE(store.drop(kTestHour, cluster::Offset{9}));
  server.command({"ACL", "SETUSER", "hourglass", "-@scripting"});
  EXPECT_THAT(check(settings), HasSubstr("NOPERM"));
}

TEST(RedisServerCheckTest, ServersThatWillNeverDo) {
  const std::string good =
      "# Server\r\nredis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\ncluster_enabled:0\r\n";
  const auto said = [](const std::string& info) {
    MadServer server(bulk(info));
    return check(test_settings({server.endpoint()}));
  };
  EXPECT_EQ(said(good), "good");
  EXPECT_THAT(said("# Server\r\nredis_version:6.0.16\r\n"), HasSubstr("6.2 is the oldest"));
  EXPECT_THAT(said("hello"), HasSubstr("does not say its version"));
  EXPECT_THAT(said("\r\nredis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\ncluster_enabled:1\r\n"),
              HasSubstr("cluster mode"));
}

}  // namespace
}  // namespace hourglass::adapters
