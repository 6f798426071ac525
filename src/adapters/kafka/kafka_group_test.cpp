#include "adapters/kafka/kafka_group.hpp"

#include "adapters/kafka/testing/kafka_test_case.hpp"
#include "adapters/kafka/testing/partition_workers.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Offset;
using cluster::Partition;
using std::chrono::milliseconds;

class KafkaGroupTest : public KafkaTestCase {
 protected:
  std::unique_ptr<KafkaGroup> join(PartitionOwner& owner) {
    auto group = KafkaGroup::join(settings_, settings_.topic + "-group", kTestClusterKey, owner, log_);
    EXPECT_TRUE(group) << group.error().message;
    return std::move(*group);
  }

  /// Somebody else who asks what the group has committed.
  KafkaClient make_observer() {
    auto conf = kafka_conf(settings_, {{"group.id", settings_.topic + "-group"}}, log_);
    EXPECT_TRUE(conf) << conf.error().message;
    auto client = kafka_client(RD_KAFKA_CONSUMER, std::move(*conf));
    EXPECT_TRUE(client) << client.error().message;
    return std::move(*client);
  }

  std::int64_t committed(rd_kafka_t* observer, Partition partition) {
    const KafkaPartitionList offsets(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(offsets.get(), settings_.topic.c_str(),
                                      static_cast<std::int32_t>(partition.value()));
    rd_kafka_committed(observer, offsets.get(), milliseconds{kTestPatience}.count());
    return offsets->elems[0].offset;
  }
};

/// How many commits, of all groups, Kafka has written down.
std::int64_t commits_of_all(rd_kafka_t* observer) {
  constexpr int kPartitions = 4;  // as KafkaServer sets it
  std::int64_t sum = 0;
  for (int partition = 0; partition < kPartitions; ++partition) {
    std::int64_t first = 0;
    std::int64_t end = 0;
    EXPECT_EQ(rd_kafka_query_watermark_offsets(observer, "__consumer_offsets", partition, &first, &end,
                                               milliseconds{kTestPatience}.count()),
              RD_KAFKA_RESP_ERR_NO_ERROR);
    sum += end;
  }
  return sum;
}

TEST_F(KafkaGroupTest, GivesAllPartitionsToTheOnlyMember) {
  HoldingOwner owner;
  auto group = join(owner);
  ASSERT_TRUE(eventually([&] { return group->joined(); }));
  EXPECT_EQ(owner.held(), 2U);
  fill(10, Partition{1});
  auto& log = owner.log(Partition{1});
  ASSERT_TRUE(log.seek(Offset{3}));
  const auto fetched = log.fetch(100, kTestPatience);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->records.front().offset, Offset{3});
  log.commit(fetched->next);
  group.reset();
  EXPECT_EQ(owner.revocations(), 2U);
  EXPECT_EQ(owner.held(), 0U);
}

TEST_F(KafkaGroupTest, CommitsSeldomHoweverManyBatchesThereAreAndTheLastOneWhenItLeaves) {
  constexpr std::int64_t kBatches = 3'000;
  HoldingOwner owner;
  auto group = join(owner);
  ASSERT_TRUE(eventually([&] { return owner.held() == 2; }));
  const auto observer = make_observer();
  const auto before = commits_of_all(observer.get());
  for (std::int64_t next = 1; next <= kBatches; ++next) {
    owner.log(Partition{0}).commit(Offset{next});
    owner.log(Partition{1}).commit(Offset{2 * next});
  }
  EXPECT_TRUE(eventually([&] { return committed(observer.get(), Partition{0}) == kBatches; }));
  owner.log(Partition{1}).commit(Offset{2 * kBatches + 1});
  group.reset();
  EXPECT_TRUE(eventually([&] { return committed(observer.get(), Partition{1}) == 2 * kBatches + 1; }));
  EXPECT_LT(commits_of_all(observer.get()) - before, 100);
}

TEST_F(KafkaGroupTest, SharesPartitionsAndHandsThemOverWithoutMissingARecord) {
  SharedProgress progress;
  WorkingOwner first_owner(progress);
  WorkingOwner second_owner(progress);
  auto first = join(first_owner);
  fill(500, Partition{0});
  fill(500, Partition{1});
  ASSERT_TRUE(eventually([&] { return first_owner.held() == 2; }));
  auto second = join(second_owner);
  fill(500, Partition{0});
  ASSERT_TRUE(eventually([&] { return first_owner.held() == 1 && second_owner.held() == 1; }));
  fill(500, Partition{1});
  const auto left = std::chrono::steady_clock::now();
  first.reset();
  ASSERT_TRUE(eventually([&] { return second_owner.held() == 2; }));
  // It left, and was not merely missed after the session.
  EXPECT_LT(std::chrono::steady_clock::now() - left, settings_.limits.session);
  fill(500, Partition{0});
  EXPECT_TRUE(eventually([&] { return progress.records() == 2'500; }));
  EXPECT_EQ(progress.next(Partition{0}), 1'500);
  EXPECT_EQ(progress.next(Partition{1}), 1'000);
}

TEST_F(KafkaGroupTest, ComesBackAfterItWasSilentForLongerThanItsSession) {
  SharedProgress progress;
  WorkingOwner owner(progress);
  const auto group = join(owner);
  ASSERT_TRUE(eventually([&] { return owner.held() == 2; }));
  server_->freeze();
  const bool is_revoked = eventually([&] { return owner.held() == 0; });
  server_->thaw();
  EXPECT_TRUE(is_revoked);
  fill(100);
  EXPECT_TRUE(eventually([&] { return progress.records() == 100 && owner.held() == 2; }));
}

TEST_F(KafkaGroupTest, EndsWhileTheBrokerIsFrozen) {
  HoldingOwner owner;
  auto group = join(owner);
  ASSERT_TRUE(eventually([&] { return owner.held() == 2; }));
  server_->freeze();
  const auto begin = std::chrono::steady_clock::now();
  group.reset();
  const auto took = std::chrono::steady_clock::now() - begin;
  server_->thaw();
  EXPECT_LT(took, std::chrono::seconds{8});  // librdkafka waits 5 s for the answer of the group
  EXPECT_EQ(owner.revocations(), 2U);
}

TEST_F(KafkaGroupTest, EndsWhereNoBrokerIs) {
  settings_.brokers = "127.0.0.1:1";
  HoldingOwner owner;
  auto group = join(owner);
  EXPECT_FALSE(group->joined());
  group.reset();
  EXPECT_EQ(owner.revocations(), 0U);
}

}  // namespace
}  // namespace hourglass::adapters
