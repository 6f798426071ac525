#include "adapters/kafka/kafka_producer.hpp"

#include "adapters/kafka/testing/kafka_test_case.hpp"
#include "adapters/kafka/testing/mocked_brokers.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Delivery;
using cluster::Partition;
using std::chrono::steady_clock;

class KafkaProducerTest : public KafkaTestCase {};

TEST_F(KafkaProducerTest, ReportsEveryRecordWithItsOffset) {
  const auto producer = make_producer();
  produce(*producer, 10, 100, Partition{1});
  ASSERT_TRUE(producer->flush(steady_clock::now() + kTestPatience));
  EXPECT_TRUE(eventually([&] { return listener_.is_paused(); }));
  EXPECT_EQ(listener_.count(), 100U);
  for (const auto& [token, report] : listener_.reports()) {
    EXPECT_EQ(report.delivery, Delivery::persisted);
    EXPECT_EQ(report.partition, Partition{1});
    EXPECT_EQ(report.offset, cluster::Offset{static_cast<std::int64_t>(token) - 10});
  }
  EXPECT_TRUE(producer->is_reachable());
}

TEST_F(KafkaProducerTest, CountsSequencesByPartitionFromOne) {
  const auto producer = make_producer();
  const auto first = producer->next_identity(Partition{0});
  EXPECT_NE(first.boot.value(), 0U);
  EXPECT_EQ(first.sequence, 1U);
  EXPECT_EQ(producer->next_identity(Partition{0}), (cluster::EventIdentity{first.boot, 2}));
  EXPECT_EQ(producer->next_identity(Partition{1}), (cluster::EventIdentity{first.boot, 1}));
  EXPECT_NE(make_producer()->next_identity(Partition{0}).boot, first.boot);
}

TEST_F(KafkaProducerTest, WhatWasSentToAFrozenBrokerIsUnknown) {
  const auto producer = make_producer();
  produce(*producer, 0, 1);
  ASSERT_TRUE(producer->flush(steady_clock::now() + kTestPatience));
  RecordingListener ended_listener;
  auto ended = KafkaProducer::start(settings_, ended_listener, log_);
  ASSERT_TRUE(ended);
  produce(**ended, 0, 1);
  ASSERT_TRUE((*ended)->flush(steady_clock::now() + kTestPatience));
  server_->freeze();
  produce(*producer, 1, 10);
  produce(**ended, 1, 1);
  std::this_thread::sleep_for(settings_.limits.request / 2);  // so that it is on its way
  ended->reset();
  EXPECT_EQ(ended_listener.count_of(Delivery::unknown), 1U);
  const bool reported = producer->flush(steady_clock::now() + kTestPatience);
  server_->thaw();
  EXPECT_TRUE(reported);
  EXPECT_EQ(listener_.count(), 11U);
  EXPECT_EQ(listener_.count_of(Delivery::unknown), 10U);
  // It works again, without a new producer.
  produce(*producer, 11, 5);
  EXPECT_TRUE(producer->flush(steady_clock::now() + kTestPatience));
  EXPECT_EQ(listener_.count_of(Delivery::persisted), 6U);
}

TEST_F(KafkaProducerTest, RefusesWhatItsQueueDoesNotHold) {
  settings_.queue_records = 10;
  settings_.brokers = "127.0.0.1:1";  // nobody listens there
  const auto producer = make_producer();
  produce(*producer, 0, 10);
  const auto record = cluster::encode_record(cluster::make_event("ann", kTestTimestamp, core::Kind::click),
                                             producer->next_identity(Partition{0}));
  EXPECT_FALSE(producer->produce(Partition{0}, record, 99));
  EXPECT_TRUE(eventually([&] { return !producer->is_reachable(); }));
  EXPECT_FALSE(producer->flush(steady_clock::now()));
}

TEST_F(KafkaProducerTest, ReportsEverythingAtItsEnd) {
  settings_.brokers = "127.0.0.1:1";
  produce(*make_producer(), 0, 1'000);
  EXPECT_EQ(listener_.count(), 1'000U);
  EXPECT_EQ(listener_.count_of(Delivery::not_persisted), 1'000U);
}

TEST_F(KafkaProducerTest, RefusesPropertiesOfTheProtocol) {
  settings_.properties = {{"enable.idempotence", "false"}};
  const auto refused = KafkaProducer::start(settings_, listener_, log_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remedy, cluster::Remedy::person);
  EXPECT_EQ(refused.error().message, "kafka.properties: enable.idempotence is fixed by Hourglass");
  settings_.properties = {{"linger.mss", "5"}};
  EXPECT_EQ(KafkaProducer::start(settings_, listener_, log_).error().message,
            "kafka.properties: No such configuration property: \"linger.mss\"");
}

TEST_F(KafkaProducerTest, IsReplacedAfterAFatalErrorWithoutLosingAReport) {
  MockedBrokers brokers(1);
  settings_.brokers = brokers.address();
  brokers.create_topic(settings_.topic, 2, 1);
  const auto producer = make_producer();
  const auto boot = producer->next_identity(Partition{0}).boot;
  produce(*producer, 0, 100);
  ASSERT_TRUE(producer->flush(steady_clock::now() + kTestPatience));
  ASSERT_EQ(listener_.count_of(Delivery::persisted), 100U);

  constexpr std::uint64_t kEach = 5'000;
  brokers.end_producer();
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 2; ++i)
    threads.emplace_back([&, i] { produce(*producer, 1'000 + i * kEach, kEach, Partition{0}); });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_TRUE(eventually([&] { return producer->next_identity(Partition{0}).boot != boot; }));
  produce(*producer, 50'000, 100);
  EXPECT_TRUE(producer->flush(steady_clock::now() + kTestPatience));
  EXPECT_EQ(listener_.count(), 100 + 2 * kEach + 100);
  EXPECT_EQ(listener_.reports().size(), listener_.count());
  EXPECT_LT(listener_.count_of(Delivery::persisted), listener_.count());
  for (std::uint64_t token = 50'000; token < 50'100; ++token)
    EXPECT_EQ(listener_.reports().at(token).delivery, Delivery::persisted);
}

}  // namespace
}  // namespace hourglass::adapters
