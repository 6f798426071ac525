#include "adapters/kafka/kafka_partition_log.hpp"

#include <algorithm>

#include "adapters/kafka/kafka_ends.hpp"
#include "adapters/kafka/testing/kafka_test_case.hpp"
#include "adapters/kafka/testing/mocked_brokers.hpp"
#include "adapters/kafka/testing/raw_producer.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Offset;
using cluster::Partition;
using std::chrono::milliseconds;

constexpr std::size_t kMost = 1'000;
constexpr milliseconds kShortWait{300};

class KafkaPartitionLogTest : public KafkaTestCase {
 protected:
  void SetUp() override {
    KafkaTestCase::SetUp();
    if (server_ == nullptr || HasFatalFailure())
      return;
    auto readers = LogReaders::make(settings_, kTestClusterKey, log_);
    ASSERT_TRUE(readers) << readers.error().message;
    readers_ = std::move(*readers);
    readers_->foreign = [this](ForeignRecord record) { foreign_.push_back(std::move(record)); };
    partition_log_ = std::make_unique<KafkaPartitionLog>(readers_, Partition{0});
  }

  void seek(std::int64_t offset) {
    const auto sought = partition_log_->seek(Offset{offset});
    ASSERT_TRUE(sought) << sought.error().message;
  }

  /// Fetches until `next` is there; the offsets of what came.
  std::vector<std::int64_t> read_to(std::int64_t next) {
    std::vector<std::int64_t> offsets;
    std::int64_t reached = -1;
    EXPECT_TRUE(eventually([&] {
      const auto fetched = partition_log_->fetch(kMost, kShortWait);
      if (!fetched)
        return ADD_FAILURE() << fetched.error().message, true;
      for (const cluster::Record& record : fetched->records)
        offsets.push_back(record.offset.value());
      reached = fetched->next.value();
      return reached >= next;
    })) << "reached "
        << reached;
    EXPECT_EQ(reached, next);
    return offsets;
  }

  static std::vector<std::int64_t> range_of(std::int64_t first, std::int64_t end) {
    std::vector<std::int64_t> offsets;
    for (std::int64_t offset = first; offset < end; ++offset)
      offsets.push_back(offset);
    return offsets;
  }

  std::shared_ptr<LogReaders> readers_;
  std::unique_ptr<KafkaPartitionLog> partition_log_;
  std::vector<ForeignRecord> foreign_;
};

TEST_F(KafkaPartitionLogTest, GivesBackWhatWasProduced) {
  const auto producer = make_producer();
  const auto event = cluster::make_event("ann", kTestTimestamp, core::Kind::impression, "k1");
  const auto identity = producer->next_identity(Partition{0});
  ASSERT_TRUE(producer->produce(Partition{0}, cluster::encode_record(event, identity), 1));
  ASSERT_TRUE(producer->flush(std::chrono::steady_clock::now() + kTestPatience));
  seek(0);
  const auto fetched = partition_log_->fetch(kMost, kTestPatience);
  ASSERT_TRUE(fetched) << fetched.error().message;
  ASSERT_EQ(fetched->records.size(), 1U);
  EXPECT_EQ(fetched->next, Offset{1});
  const cluster::Record& record = fetched->records[0];
  EXPECT_EQ(record.offset, Offset{0});
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_NEAR(static_cast<double>(record.time.value()),
              static_cast<double>(std::chrono::duration_cast<milliseconds>(now).count()), 60'000);
  ASSERT_TRUE(record.event);
  EXPECT_EQ(record.event->identity, identity);
  EXPECT_EQ(record.event->key, cluster::key_digest("ann", "k1"));
  EXPECT_EQ(record.event->kind, core::Kind::impression);
  EXPECT_EQ(record.event->user, cluster::user_id(kTestClusterKey, "ann"));
}

TEST_F(KafkaPartitionLogTest, ReadsFromWhereItWasSent) {
  fill(100);
  EXPECT_FALSE(partition_log_->fetch(kMost, milliseconds{0}));  // nothing was sought
  seek(40);
  EXPECT_EQ(read_to(100), range_of(40, 100));
  seek(0);  // back
  const auto part = partition_log_->fetch(10, kTestPatience);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->next, Offset{static_cast<std::int64_t>(part->records.size())});
  EXPECT_EQ(part->end, Offset{100});
  seek(90);  // on, with others fetched ahead
  EXPECT_EQ(read_to(100), range_of(90, 100));
  seek(5);
  seek(95);  // twice, with nothing fetched between
  EXPECT_EQ(read_to(100), range_of(95, 100));
  seek(100);  // to the end
  const auto nothing = partition_log_->fetch(kMost, kShortWait);
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->records.empty());
  EXPECT_EQ(nothing->next, Offset{100});
  fill(20);
  EXPECT_EQ(read_to(120), range_of(100, 120));
}

TEST_F(KafkaPartitionLogTest, RefusesOffsetsThatAreNotInTheLogAndGoesOnAfterwards) {
  fill(10);
  const auto refused = partition_log_->seek(Offset{11});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remedy, cluster::Remedy::retry);
  EXPECT_FALSE(partition_log_->fetch(kMost, milliseconds{0}));
  ASSERT_NO_FATAL_FAILURE(delete_records_below(settings_, 0, 5));
  EXPECT_FALSE(partition_log_->seek(Offset{4}));
  seek(5);
  EXPECT_EQ(read_to(10), range_of(5, 10));
  const auto range = partition_log_->range();
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, Offset{5});
  EXPECT_EQ(range->end, Offset{10});
}

TEST_F(KafkaPartitionLogTest, FetchesAheadWithinBounds) {
  constexpr std::size_t kBytes = 150'000;  // of a record: all together are more than is fetched ahead
  constexpr std::int64_t kRecords = 120;
  RawProducer producer(settings_);
  for (std::int64_t i = 0; i < kRecords; ++i)
    producer.produce(0, "key", std::string(kBytes, 'x'), {});
  producer.flush();
  // What was fetched ahead of another place is not mixed in.
  for (const std::int64_t offset : {0, 50, 10, 60}) {
    seek(offset);
    const auto fetched = partition_log_->fetch(3, kTestPatience);
    ASSERT_TRUE(fetched);
    EXPECT_EQ(fetched->records.front().offset, Offset{offset});
  }
  seek(0);
  ASSERT_TRUE(partition_log_->fetch(1, kTestPatience));
  ASSERT_NO_FATAL_FAILURE(delete_records_below(settings_, 0, kRecords));
  cluster::StoreResult<cluster::Fetched> fetched;
  EXPECT_TRUE(eventually([&] {
    fetched = partition_log_->fetch(1, kShortWait);
    return !fetched || fetched->next == Offset{kRecords};
  }));
  ASSERT_FALSE(fetched);  // retention has overtaken it
  EXPECT_EQ(fetched.error().remedy, cluster::Remedy::retry);
  EXPECT_FALSE(partition_log_->fetch(1, kShortWait));
  seek(kRecords);
  fill(3);
  EXPECT_EQ(read_to(kRecords + 3), range_of(kRecords, kRecords + 3));
}

TEST_F(KafkaPartitionLogTest, FollowsTheLeader) {
  MockedBrokers brokers(3);
  settings_.brokers = brokers.address();
  brokers.create_topic(settings_.topic, 2, 3);
  brokers.set_leader(settings_.topic, 0, 1);
  auto readers = LogReaders::make(settings_, kTestClusterKey, log_);
  ASSERT_TRUE(readers);
  partition_log_ = std::make_unique<KafkaPartitionLog>(*readers, Partition{0});
  const auto producer = make_producer();
  seek(0);
  std::int64_t end = 0;
  for (const int leader : {1, 2, 3, 1}) {
    brokers.set_leader(settings_.topic, 0, leader);
    produce(*producer, static_cast<std::uint64_t>(end), 100);
    EXPECT_EQ(read_to(end + 100), range_of(end, end + 100));
    end += 100;
  }
  brokers.set_leader(settings_.topic, 0, 2);
  seek(150);
  EXPECT_EQ(read_to(end), range_of(150, end));
}

TEST_F(KafkaPartitionLogTest, TellsForeignRecordsAndCopiesThem) {
  RawProducer producer(settings_);
  producer.produce(0, "ann", "no event", {{"x", "1"}});
  producer.produce(0, "ann", std::nullopt, {});
  producer.produce(0, std::nullopt, "{}", {});
  producer.produce(0, "", cluster::marker_record().value, {});  // of ours, though no event
  producer.flush();
  seek(0);
  const auto fetched = partition_log_->fetch(kMost, kTestPatience);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(read_to(4).size() + fetched->records.size(), 4U);
  EXPECT_FALSE(fetched->records[0].event);
  ASSERT_EQ(foreign_.size(), 3U);
  EXPECT_EQ(foreign_[0].key, "ann");
  EXPECT_EQ(foreign_[0].value, "no event");
  ASSERT_EQ(foreign_[0].headers.size(), 1U);
  EXPECT_EQ(foreign_[0].headers[0].first, "x");
  EXPECT_EQ(foreign_[0].headers[0].second, "1");
  EXPECT_EQ(foreign_[1].value, std::nullopt);
  EXPECT_EQ(foreign_[2].key, std::nullopt);
  EXPECT_EQ(readers_->foreign_records, 3U);

  const auto dead_letters = make_producer();
  for (const ForeignRecord& record : foreign_)
    dead_letters->produce_dead_letter(record);
  ASSERT_TRUE(dead_letters->flush(std::chrono::steady_clock::now() + kTestPatience));
  EXPECT_EQ(listener_.count(), 0U);
  settings_.topic = settings_.dead_letter_topic;
  settings_.partitions = 1;
  const auto ends = KafkaEnds::make(settings_, log_);
  ASSERT_TRUE(ends);
  EXPECT_EQ((*ends)->ends(kTestPatience), std::vector<Offset>{Offset{3}});
}

TEST_F(KafkaPartitionLogTest, PassesTheMarksOfTransactions) {
  TransactionalProducer producer(settings_);
  producer.transaction(3, true);   // offsets 0 to 2, mark at 3
  producer.transaction(2, false);  // 4 and 5, mark at 6: aborted, and read all the same
  seek(0);
  std::vector<std::int64_t> expected{0, 1, 2, 4, 5};
  EXPECT_EQ(read_to(7), expected);
  EXPECT_EQ(readers_->accepted_holes, 2U);
  fill(1);
  EXPECT_EQ(read_to(8), range_of(7, 8));
  seek(3);  // at a mark
  expected = {4, 5, 7};
  EXPECT_EQ(read_to(8), expected);
  const auto mark = partition_log_->record_at(Offset{3});
  ASSERT_TRUE(mark) << mark.error().message;
  EXPECT_FALSE(*mark);
}

TEST_F(KafkaPartitionLogTest, FindsSingleRecordsBesideFetching) {
  fill(100);
  seek(0);
  const auto begun = partition_log_->fetch(10, kTestPatience);
  ASSERT_TRUE(begun);
  for (const std::int64_t offset : {99, 0, 50, 50}) {
    const auto record = partition_log_->record_at(Offset{offset});
    ASSERT_TRUE(record) << record.error().message;
    ASSERT_TRUE(*record);
    EXPECT_EQ((*record)->offset, Offset{offset});
    EXPECT_EQ((*record)->event->user, cluster::user_id(kTestClusterKey, "u" + std::to_string(offset)));
  }
  EXPECT_EQ(partition_log_->record_at(Offset{100}), std::nullopt);
  EXPECT_EQ(read_to(100), range_of(begun->next.value(), 100));
}

TEST_F(KafkaPartitionLogTest, TellsWhereTheLogEndsAndHowOldARecordIs) {
  auto made = KafkaEnds::make(settings_, log_);
  ASSERT_TRUE(made) << made.error().message;
  KafkaEnds& ends = **made;
  EXPECT_EQ(ends.ends(kTestPatience), (std::vector<Offset>{Offset{0}, Offset{0}}));
  EXPECT_EQ(ends.time_of(Partition{0}, Offset{0}), std::nullopt);
  fill(7);
  fill(3, Partition{1});
  EXPECT_EQ(ends.ends(kTestPatience), (std::vector<Offset>{Offset{7}, Offset{3}}));
  ASSERT_NO_FATAL_FAILURE(delete_records_below(settings_, 0, 5));
  const auto record = partition_log_->record_at(Offset{5});
  ASSERT_TRUE(record && *record);
  EXPECT_EQ(ends.time_of(Partition{0}, Offset{2}), (*record)->time);  // of the first that is left

  server_->freeze();
  const auto begin = std::chrono::steady_clock::now();
  const auto silence = ends.ends(milliseconds{300});
  const auto took = std::chrono::steady_clock::now() - begin;
  server_->thaw();
  ASSERT_FALSE(silence);
  EXPECT_EQ(silence.error().remedy, cluster::Remedy::retry);
  EXPECT_LT(took, milliseconds{1'500});
  EXPECT_TRUE(ends.ends(kTestPatience));
}

}  // namespace
}  // namespace hourglass::adapters
