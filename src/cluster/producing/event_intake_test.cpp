#include "cluster/producing/event_intake.hpp"

#include <gtest/gtest.h>

#include "cluster/testing/events.hpp"
#include "cluster/testing/holding_producer.hpp"

namespace hourglass::cluster {
namespace {

using base::ErrorCode;

class SettableClock final : public ports::Clock {
 public:
  [[nodiscard]] core::Timestamp now() const override { return core::Timestamp{1'700'000'000'000}; }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const override { return elapsed_; }
  std::chrono::nanoseconds elapsed_{0};
};

class EventIntakeTest : public ::testing::Test, public ports::SubmissionOrigin {
 protected:
  EventIntakeTest() { intake_.set_producer(producer_); }

  void finished(std::vector<std::unique_ptr<ports::Submission>> submissions) override {
    for (auto& submission : submissions)
      finished_.push_back(std::move(submission));
  }

  base::Result<void> submit(int events) {
    auto submission = std::make_unique<ports::Submission>(*this);
    for (int index = 0; index < events; ++index)
      submission->events.push_back(
          make_event("user" + std::to_string(index), 1'700'000'000'000, core::Kind::click));
    auto result = intake_.submit(submission);
    EXPECT_EQ(submission == nullptr, result.has_value());
    if (submission) {
      EXPECT_EQ(submission->events.size(), static_cast<std::size_t>(events));
    }
    return result;
  }

  SettableClock clock_;
  std::vector<std::unique_ptr<ports::Submission>> finished_;
  EventIntake intake_{{.partitions = 4, .most_records = 10}, clock_};
  HoldingProducer producer_{intake_};
};

TEST_F(EventIntakeTest, AcknowledgesNothingBeforeTheLogHasAll) {
  ASSERT_TRUE(submit(3));
  EXPECT_TRUE(finished_.empty());
  for (const auto& held : producer_.held())
    EXPECT_EQ(held.partition, partition_of(held.record.key, 4));
  producer_.deliver(Delivery::persisted);
  ASSERT_EQ(finished_.size(), 1U);
  EXPECT_EQ(finished_.front()->failure, std::nullopt);
  EXPECT_EQ(intake_.counters().persisted, 3U);
  EXPECT_EQ(intake_.counters().records_under_way, 0U);
}

TEST_F(EventIntakeTest, RefusesWhatHasNoRoomWhole) {
  ASSERT_TRUE(submit(8));
  EXPECT_EQ(submit(3).error().code, ErrorCode::overloaded);
  EXPECT_EQ(producer_.held().size(), 8U);
  ASSERT_TRUE(submit(2));
  producer_.deliver(Delivery::persisted);
  EXPECT_TRUE(submit(10));
}

TEST_F(EventIntakeTest, RefusesAtOnceWhileNoBrokerIsThere) {
  producer_.reachable = false;
  EXPECT_EQ(submit(1).error().code, ErrorCode::store_unavailable);
}

TEST_F(EventIntakeTest, RefusesForAReasonUntilThatHasPassed) {
  intake_.refuse({ErrorCode::cold_store_behind, "behind"});
  EXPECT_EQ(submit(1).error().code, ErrorCode::cold_store_behind);
  intake_.accept_again();
  EXPECT_TRUE(submit(1));
}

TEST_F(EventIntakeTest, WhatTheProducerDoesNotTakeIsNotInTheLog) {
  producer_.is_full = true;
  ASSERT_TRUE(submit(2));
  ASSERT_EQ(finished_.size(), 1U);
  EXPECT_EQ(finished_.front()->failure->code, ErrorCode::store_unavailable);
}

TEST_F(EventIntakeTest, AnswersInTimeWhatIsStillOnItsWay) {
  ASSERT_TRUE(submit(2));
  clock_.elapsed_ = std::chrono::seconds{5};
  intake_.expire();
  ASSERT_EQ(finished_.size(), 1U);
  EXPECT_EQ(finished_.front()->failure->code, ErrorCode::outcome_unknown);
  producer_.deliver(Delivery::persisted);
  EXPECT_EQ(finished_.size(), 1U);
}

TEST_F(EventIntakeTest, AnswersEverybodyAtTheEnd) {
  ASSERT_TRUE(submit(2));
  intake_.close();
  ASSERT_EQ(finished_.size(), 1U);
  EXPECT_EQ(finished_.front()->failure->code, ErrorCode::outcome_unknown);
}

}  // namespace
}  // namespace hourglass::cluster
