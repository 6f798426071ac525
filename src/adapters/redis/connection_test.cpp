#include "adapters/redis/connection.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/testing/mad_server.hpp"
#include "adapters/redis/testing/one_partition.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Remedy;
using ::testing::HasSubstr;

/// What becomes of a PING; the remedy is always to try again.
std::string fault_of(const RedisSettings& settings) {
  RedisConnection connection(settings, 0);
  const auto reply = connection.call({"PING"});
  if (reply)
    return "no fault";
  EXPECT_EQ(reply.error().remedy, Remedy::retry) << reply.error().message;
  return reply.error().message;
}

TEST(RedisConnectionTest, TakesAnyBytesThereAndBack) {
  RedisServer server;
  RedisConnection connection(test_settings({server.endpoint()}), 0);
  std::string bytes("\r\n\0$5\xff", 6);
  bytes += std::string(3'000'000, 'x');
  const std::vector<RedisCommand> commands{{"SET", "key", bytes}, {"GET", "key"}, {"GET", "none"}, {"GETX"}};
  const auto replies = connection.exchange(commands);
  ASSERT_TRUE(replies) << replies.error().message;
  ASSERT_EQ(replies->size(), 4U);
  EXPECT_EQ(text_of(*(*replies)[1]), bytes);
  EXPECT_EQ(text_of(*(*replies)[2]), std::nullopt);
  EXPECT_TRUE(is_error(*(*replies)[3], "ERR unknown command"));
  EXPECT_TRUE(connection.call({"PING"}));
}

TEST(RedisConnectionTest, SaysWhoIsThereOnEveryNewConnection) {
  RedisServer server({"--requirepass", "secret"});
  RedisSettings settings = test_settings({server.endpoint()});
  EXPECT_THAT(fault_of(settings), HasSubstr("NOAUTH"));
  settings.password = "secret";
  EXPECT_EQ(fault_of(settings), "no fault");
  settings.user = "default";
  EXPECT_EQ(fault_of(settings), "no fault");
  settings.user = "nobody";
  EXPECT_THAT(fault_of(settings), HasSubstr("WRONGPASS"));
}

TEST(RedisConnectionTest, NobodyListens) {
  EXPECT_THAT(fault_of(test_settings({{"127.0.0.1", free_port()}})), HasSubstr("cannot connect"));
  EXPECT_THAT(fault_of(test_settings({{"no.such.host.invalid", 6379}})), HasSubstr("cannot connect"));
}

TEST(RedisConnectionTest, AHostThatDoesNotAnswerAtAll) {
  const auto begin = std::chrono::steady_clock::now();
  // A network for documentation, to which no way leads; where there is none at all, that is said at once.
  EXPECT_THAT(fault_of(impatient(test_settings({{"192.0.2.1", 6379}}))),
              ::testing::AnyOf(HasSubstr("no connection within 300 ms"), HasSubstr("cannot connect")));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
}

TEST(RedisConnectionTest, AnswersThatAreNone) {
  for (const std::string said :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "\x16\x03\x01", "$x\r\n", "*-5\r\n", "$-7\r\n", ":12a\r\n",
        "?\r\n", "*1000000000\r\n", "*2147483647\r\n", "*9223372036854775807\r\n",
        "$99999999999999999999\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"}) {
    MadServer server(said);
    EXPECT_THAT(fault_of(test_settings({server.endpoint()})), HasSubstr("not an answer of Redis")) << said;
  }
}

TEST(RedisConnectionTest, AnswersThatDoNotEndInTime) {
  for (const std::string said : {"+PO", "$1000000\r\nabc", "*2\r\n:1\r\n", "$9223372036854775807\r\n"}) {
    MadServer server(said);
    EXPECT_THAT(fault_of(impatient(test_settings({server.endpoint()}))), HasSubstr("no answer within 600 ms"))
        << said;
  }
}

TEST(RedisConnectionTest, AnswersToWhatWasNotAsked) {
  MadServer server("+PONG\r\n+PONG\r\n");
  EXPECT_THAT(fault_of(test_settings({server.endpoint()})), HasSubstr("more than was asked"));
}

TEST(RedisConnectionTest, EndlessAnswersAreCutOff) {
  std::string numbers;
  while (numbers.size() < 1'000'000)
    numbers += ":1\r\n";
  const auto fault = [](const std::string& first, const std::string& endless) {
    MadServer server(first, endless);
    RedisSettings settings = test_settings({server.endpoint()});
    settings.call_limit = std::chrono::seconds{2};
    return fault_of(settings);
  };
  const auto is_too_long = ::testing::AnyOf(HasSubstr("longer than any"), HasSubstr("no answer within"));
  EXPECT_THAT(fault("$9000000000\r\n", numbers), is_too_long);
  EXPECT_THAT(fault("+", std::string(1'000'000, 'x')), is_too_long);
  EXPECT_THAT(fault("+", "x"), is_too_long);  // a byte at a time, so no single wait is long
  EXPECT_THAT(fault("*1000000\r\n", "*1000\r\n"), HasSubstr("not an answer of Redis"));
  EXPECT_THAT(fault("*1000000\r\n", numbers), HasSubstr("more than was asked"));
}

TEST(RedisConnectionTest, StoresAndReadersTakeNoNonsense) {
  for (const std::string said : {"+OK\r\n", ":1\r\n", "*0\r\n", "*1\r\n+applied\r\n",
                                 "*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n", "-\r\n"}) {
    MadServer server(said);
    const RedisSettings settings = test_settings({server.endpoint()});
    {  // the server talks to one at a time
      RedisHotStore store(settings, cluster::Partition{0});
      const auto loaded = store.load();
      EXPECT_TRUE(!loaded || !*loaded) << said;
      (void)store.apply(cluster::Offset{0}, cluster::Offset{0}, {});
      const auto dropped = store.drop(kTestHour, cluster::Offset{0});
      EXPECT_TRUE(!dropped || !*dropped) << said;
      const auto placed = (*store.begin_copy())->put_in_place({}, {}, "", kTestHour);
      EXPECT_TRUE(!placed) << said;
    }
    RedisHotReader reader(settings);
    EXPECT_FALSE(reader.read(std::span(&kTestHour, 1))[0]) << said;
  }
}

}  // namespace
}  // namespace hourglass::adapters
