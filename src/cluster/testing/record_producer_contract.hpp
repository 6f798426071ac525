#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/result.hpp"
#include "cluster/producing/record_producer.hpp"
#include "cluster/testing/events.hpp"
#include "cluster/testing/recording_listener.hpp"

namespace hourglass::cluster {

/// A topic with two partitions, empty at first, to which one producer after the other appends.
class ProducerPlace {
 public:
  virtual ~ProducerPlace() = default;

  virtual std::unique_ptr<RecordProducer> start(DeliveryListener& listener) = 0;
  /// Waits until everything that the producer started last has taken is in the log, and reported.
  virtual void settle() = 0;
};

/// What every producer promises, while nothing fails; run against each by INSTANTIATE_TEST_SUITE_P with a
/// function that makes an empty place, or says why there is none on this machine, which skips the test.
class RecordProducerContract
    : public ::testing::TestWithParam<
          std::function<base::Expected<std::unique_ptr<ProducerPlace>, std::string>()>> {
 protected:
  static constexpr Partition kFirst{0};
  static constexpr Partition kSecond{1};

  void SetUp() override {
    auto made = GetParam()();
    if (!made)
      GTEST_SKIP() << made.error();
    place_ = *std::move(made);
    producer_ = place_->start(listener_);
  }

  void produce(Partition partition, std::uint64_t token) {
    const auto event = make_event("ann", 1'700'000'000'000, core::Kind::click);
    const auto record = encode_record(event, producer_->next_identity(partition));
    ASSERT_TRUE(producer_->produce(partition, record, token));
  }

  /// Reports come from another thread, and the pause behind them.
  void expect_reports(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while ((listener_.count() < count || !listener_.is_paused()) &&
           std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    EXPECT_TRUE(listener_.is_paused());
    EXPECT_EQ(listener_.count(), count);
    EXPECT_EQ(listener_.reports().size(), count) << "a token was reported twice";
  }

  RecordingListener listener_;  // outlives the producer
  std::unique_ptr<ProducerPlace> place_;
  std::unique_ptr<RecordProducer> producer_;
};

TEST_P(RecordProducerContract, CountsSequencesByPartitionFromOne) {
  const EventIdentity first = producer_->next_identity(kFirst);
  EXPECT_NE(first.boot, BootId{0});
  EXPECT_EQ(first.sequence, 1U);
  EXPECT_EQ(producer_->next_identity(kFirst), (EventIdentity{first.boot, 2}));
  EXPECT_EQ(producer_->next_identity(kSecond), (EventIdentity{first.boot, 1}));
  EXPECT_EQ(producer_->next_identity(kFirst), (EventIdentity{first.boot, 3}));
  producer_.reset();
  producer_ = place_->start(listener_);
  EXPECT_NE(producer_->next_identity(kFirst).boot, first.boot);
}

TEST_P(RecordProducerContract, ReportsEachRecordOnceWithItsOffset) {
  constexpr std::uint64_t kRecords = 100;
  for (std::uint64_t token = 1'000; token < 1'000 + kRecords; ++token)
    produce(token % 2 == 0 ? kFirst : kSecond, token);
  place_->settle();
  expect_reports(kRecords);
  for (const auto& [token, report] : listener_.reports()) {
    EXPECT_EQ(report.delivery, Delivery::persisted);
    EXPECT_EQ(report.partition, token % 2 == 0 ? kFirst : kSecond);
    EXPECT_EQ(report.offset, Offset{static_cast<std::int64_t>(token - 1'000) / 2}) << token;
  }
  EXPECT_TRUE(producer_->is_reachable());
}

TEST_P(RecordProducerContract, GoesOnAfterAPause) {
  for (std::uint64_t token = 0; token < 3; ++token) {
    produce(kSecond, token);
    place_->settle();
    expect_reports(token + 1);
    EXPECT_EQ(listener_.reports().at(token).offset, Offset{static_cast<std::int64_t>(token)});
  }
}

TEST_P(RecordProducerContract, TakesRecordsFromEveryThread) {
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kEach = 250;
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([this, thread] {
      for (std::uint64_t token = 0; token < kEach; ++token)
        produce(kFirst, thread * kEach + token);
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(producer_->next_identity(kFirst).sequence, kThreads * kEach + 1);
  place_->settle();
  expect_reports(kThreads * kEach);
  std::set<std::optional<Offset>> offsets;
  for (const auto& [token, report] : listener_.reports()) {
    EXPECT_EQ(report.delivery, Delivery::persisted);
    offsets.insert(report.offset);
  }
  EXPECT_EQ(offsets.size(), kThreads * kEach);
  EXPECT_EQ(offsets.begin()->value(), Offset{0});
}

TEST_P(RecordProducerContract, LeavesNothingUnreportedAtItsEnd) {
  constexpr std::uint64_t kRecords = 20;
  for (std::uint64_t token = 0; token < kRecords; ++token)
    produce(kFirst, token);
  producer_.reset();
  EXPECT_EQ(listener_.count(), kRecords);
  EXPECT_EQ(listener_.reports().size(), kRecords);
}

}  // namespace hourglass::cluster
