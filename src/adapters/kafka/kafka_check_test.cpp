#include "adapters/kafka/kafka_check.hpp"

#include <gmock/gmock.h>

#include "adapters/kafka/testing/kafka_test_case.hpp"
#include "adapters/kafka/topic_admin.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Remedy;
using testing::HasSubstr;

class KafkaCheckTest : public KafkaTestCase {
 protected:
  /// Makes another topic, with these properties beside those that are right.
  void create(const std::string& name, const KafkaProperties& different) {
    settings_.topic = name;
    KafkaProperties properties{
        {"message.timestamp.type", "LogAppendTime"}, {"retention.ms", "-1"}, {"min.insync.replicas", "1"}};
    properties.insert(properties.end(), different.begin(), different.end());
    const auto client = kafka_reader(settings_, 1U << 16U, 1U << 16U, log_);
    ASSERT_TRUE(client);
    TopicAdmin admin(client->get(), settings_, kTestPatience);
    const auto created = admin.create(name, {2, 1}, properties);
    ASSERT_TRUE(created) << created.error().message;
    ASSERT_TRUE(eventually([&] {
      const auto shape = admin.shape(name);
      return shape && *shape;
    }));
  }

  void expect_refusal(const std::string& why) {
    const auto checked = check_kafka(settings_, log_);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().remedy, Remedy::person);
    EXPECT_THAT(checked.error().message, HasSubstr(why));
  }
};

TEST_F(KafkaCheckTest, CreatesTheTopicAndFindsItAgain) {
  settings_.create_topic = false;
  const auto found = check_kafka(settings_, log_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->cluster_id, "aG91cmdsYXNzLXRlc3RzLQ");
  EXPECT_EQ(found->retention, kLeastRetention);
  EXPECT_EQ(found->log_starts, (std::vector<cluster::Offset>{cluster::Offset{0}, cluster::Offset{0}}));

  settings_.partitions = 3;
  expect_refusal("has 2 partitions, and kafka.partitions is 3");
  settings_.partitions = 2;
  settings_.replication_factor = 3;
  expect_refusal("kafka.replication_factor is 3");
  settings_.min_insync_replicas = 4;
  expect_refusal("kafka.min_insync_replicas is above");
}

TEST_F(KafkaCheckTest, KeepsATopicThatIsThereByThen) {
  const auto again = check_kafka(settings_, log_);
  EXPECT_TRUE(again) << again.error().message;
  const auto client = kafka_reader(settings_, 1U << 16U, 1U << 16U, log_);
  ASSERT_TRUE(client);
  TopicAdmin admin(client->get(), settings_, kTestPatience);
  EXPECT_TRUE(admin.create(settings_.topic, {2, 1}, {}));
  const auto properties = admin.properties(settings_.topic);
  ASSERT_TRUE(properties) << properties.error().message;
  EXPECT_EQ(properties->at("flush.messages"), "1");
}

TEST_F(KafkaCheckTest, NamesTheTopicThatIsMissing) {
  settings_.create_topic = false;
  settings_.dead_letter_topic = "no-such-dead-letters";
  expect_refusal("there is no topic no-such-dead-letters (kafka.dead_letter_topic)");
  settings_.topic = "no-such-topic";
  expect_refusal("there is no topic no-such-topic (kafka.topic); create it, or set kafka.create_topic");
  settings_.create_topic = true;
  settings_.replication_factor = 3;
  expect_refusal("creating the topic no-such-topic");
}

TEST_F(KafkaCheckTest, NamesThePropertyThatIsWrong) {
  create("create-time", {{"message.timestamp.type", "CreateTime"}});
  expect_refusal(
      "has message.timestamp.type=CreateTime, and has to have message.timestamp.type=LogAppendTime");
  create("small", {{"retention.bytes", "1000000"}});
  expect_refusal("retention.bytes=1000000, and has to have retention.bytes=-1");
  create("compacted", {{"cleanup.policy", "compact"}});
  expect_refusal("cleanup.policy=compact");
  create("short", {{"retention.ms", "86400000"}});
  expect_refusal("has retention.ms=86400000, and has to have at least 259200000");
  create("forever", {});
  const auto found = check_kafka(settings_, log_);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->retention, std::nullopt);
}

TEST_F(KafkaCheckTest, IsToBeTriedAgainWhereNoBrokerAnswers) {
  settings_.limits.answer = std::chrono::milliseconds{300};
  settings_.brokers = "127.0.0.1:1";
  const auto checked = check_kafka(settings_, log_);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().remedy, Remedy::retry);
}

}  // namespace
}  // namespace hourglass::adapters
