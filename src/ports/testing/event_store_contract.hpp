#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ports/event_store.hpp"

namespace hourglass::ports {

/// Waits for the submissions that come back.
class WaitingOrigin final : public SubmissionOrigin {
 public:
  void finished(std::vector<std::unique_ptr<Submission>> submissions) override {
    const std::lock_guard lock(mutex_);
    for (auto& submission : submissions)
      finished_.push_back(std::move(submission));
    changed_.notify_all();
  }

  /// The submissions that have come back since the last call, once there are `count`.
  std::vector<std::unique_ptr<Submission>> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds{60}, [&] { return finished_.size() >= count; });
    return std::exchange(finished_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Submission>> finished_;
};

/// Waits for the reads that come back.
class WaitingReader final : public ReadOrigin {
 public:
  void answered(std::vector<std::unique_ptr<PendingRead>> reads) override {
    const std::lock_guard lock(mutex_);
    for (auto& read : reads)
      answered_.push_back(std::move(read));
    changed_.notify_all();
  }

  /// The reads that have come back since the last call, once there are `count`.
  std::vector<std::unique_ptr<PendingRead>> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds{60}, [&] { return answered_.size() >= count; });
    return std::exchange(answered_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<PendingRead>> answered_;
};

/// Reads an hour, whether the store has the answer at hand or gives it later.
inline base::Result<HourReading> read_hour(EventStore& store, core::Hour hour) {
  if (auto reading = store.read_now(hour))
    return *reading;
  WaitingReader reader;
  store.begin_read(std::make_unique<PendingRead>(reader, hour, Consistency::strong));
  const auto answered = reader.wait_for(1);
  if (answered.size() != 1 || !answered[0]->answer) {
    ADD_FAILURE() << "a read is answered once";
    return base::fail(base::ErrorCode::deadline_exceeded, "there was no answer");
  }
  return *answered[0]->answer;
}

/// Builds an event for tests.
inline core::Event make_event(const std::string& user, std::uint64_t timestamp, core::Kind kind,
                              const std::string& key = "") {
  core::Event event{core::Timestamp{timestamp}, *core::User::from_bytes(user), kind, std::nullopt};
  if (!key.empty())
    event.key = *core::IdempotencyKey::from_text(key);
  return event;
}

/// What every event store promises; run against each by INSTANTIATE_TEST_SUITE_P with a function that makes
/// an empty store which is ready.
class EventStoreContract : public ::testing::TestWithParam<std::function<std::unique_ptr<EventStore>()>> {
 protected:
  static constexpr std::uint64_t kNow = 1'700'000'000'000;

  void SetUp() override { store_ = GetParam()(); }

  /// Submits without waiting.
  base::Result<void> submit(std::vector<core::Event> events) {
    auto submission = std::make_unique<Submission>(origin_);
    submission->events = std::move(events);
    auto submitted = store_->submit(submission);
    EXPECT_EQ(submission != nullptr, !submitted.has_value()) << "a refused submission stays where it was";
    return submitted;
  }

  /// Submits and waits until it is durable.
  void record(std::vector<core::Event> events) {
    ASSERT_TRUE(submit(std::move(events)));
    const auto finished = origin_.wait_for(1);
    ASSERT_EQ(finished.size(), 1U);
    ASSERT_FALSE(finished[0]->failure);
  }

  core::Totals totals(std::uint64_t timestamp = kNow) {
    const auto reading = read_hour(*store_, core::hour_of(core::Timestamp{timestamp}));
    return reading ? reading->totals : core::Totals{~0ULL, 0, 0};
  }

  WaitingOrigin origin_;  // outlive the store
  WaitingReader reader_;
  std::unique_ptr<EventStore> store_;
};

TEST_P(EventStoreContract, IsReady) {
  EXPECT_EQ(store_->state().condition, StoreCondition::ready);
}

TEST_P(EventStoreContract, NoHourIsFrozenAtFirst) {
  EXPECT_EQ(store_->first_open_hour(), core::Hour{0});
}

TEST_P(EventStoreContract, AnHourWithoutEventsHasZeros) {
  EXPECT_EQ(totals(), core::Totals{});
  EXPECT_EQ(totals(core::kMaxTimestamp.value()), core::Totals{});
}

TEST_P(EventStoreContract, AReadThatIsBegunComesBackAnsweredOnce) {
  record({make_event("ann", kNow, core::Kind::click)});
  const core::Hour hour = core::hour_of(core::Timestamp{kNow});
  for (const Consistency consistency : {Consistency::strong, Consistency::fast}) {
    store_->begin_read(std::make_unique<PendingRead>(reader_, hour, consistency));
    const auto answered = reader_.wait_for(1);
    ASSERT_EQ(answered.size(), 1U);
    EXPECT_EQ(answered[0]->origin, &reader_);
    EXPECT_EQ(answered[0]->hour, hour);
    ASSERT_TRUE(answered[0]->answer);
    ASSERT_TRUE(*answered[0]->answer) << (*answered[0]->answer).error().message;
    if (consistency == Consistency::strong) {
      EXPECT_EQ((*answered[0]->answer)->totals, (core::Totals{1, 1, 0}));
    }
  }
  store_.reset();
  EXPECT_TRUE(reader_.wait_for(0).empty()) << "none comes back twice";
}

TEST_P(EventStoreContract, ReadsThatAreBegunTogetherAreEachAnswered) {
  record({make_event("ann", kNow, core::Kind::click)});
  constexpr std::size_t kCount = 100;
  for (std::size_t i = 0; i < kCount; ++i)
    store_->begin_read(std::make_unique<PendingRead>(
        reader_, core::hour_of(core::Timestamp{kNow + i % 2 * core::kMillisecondsPerHour}),
        Consistency::strong));
  std::vector<std::unique_ptr<PendingRead>> answered;
  while (answered.size() < kCount) {
    auto more = reader_.wait_for(1);
    ASSERT_FALSE(more.empty());
    std::move(more.begin(), more.end(), std::back_inserter(answered));
  }
  for (const auto& read : answered) {
    const bool has_event = read->hour == core::hour_of(core::Timestamp{kNow});
    ASSERT_TRUE(read->answer && *read->answer);
    EXPECT_EQ((*read->answer)->totals, (has_event ? core::Totals{1, 1, 0} : core::Totals{}));
  }
}

TEST_P(EventStoreContract, CountsUsersOnceAndEventsEachTime) {
  record({make_event("ann", kNow, core::Kind::click), make_event("ann", kNow, core::Kind::impression),
          make_event("bob", kNow, core::Kind::click)});
  record({make_event("ann", kNow, core::Kind::click)});
  EXPECT_EQ(totals(), (core::Totals{2, 3, 1}));
}

TEST_P(EventStoreContract, AnEventCountsInTheHourOfItsTimestamp) {
  const std::uint64_t begin = kNow / core::kMillisecondsPerHour * core::kMillisecondsPerHour;
  record({make_event("ann", begin, core::Kind::click), make_event("ann", begin - 1, core::Kind::click),
          make_event("ann", 0, core::Kind::impression),
          make_event("ann", core::kMaxTimestamp.value(), core::Kind::click)});
  EXPECT_EQ(totals(begin), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals(begin - 1), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals(0), (core::Totals{1, 0, 1}));
  EXPECT_EQ(totals(core::kMaxTimestamp.value()), (core::Totals{1, 1, 0}));
}

TEST_P(EventStoreContract, UsersAreTheirBytes) {
  record({make_event("ann", kNow, core::Kind::click), make_event("Ann", kNow, core::Kind::click),
          make_event("ann ", kNow, core::Kind::click)});
  EXPECT_EQ(totals().unique_users, 3U);
}

TEST_P(EventStoreContract, ARepeatedKeyIsNotCountedAgainAndIsNoFailure) {
  record({make_event("ann", kNow, core::Kind::click, "k")});
  record({make_event("ann", kNow + core::kMillisecondsPerHour, core::Kind::impression, "k")});
  record({make_event("ann", kNow, core::Kind::click, "k"), make_event("ann", kNow, core::Kind::click, "k")});
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals(kNow + core::kMillisecondsPerHour), core::Totals{});
}

TEST_P(EventStoreContract, KeysBelongToTheirUser) {
  record({make_event("ann", kNow, core::Kind::click, "k"), make_event("bob", kNow, core::Kind::click, "k")});
  record({make_event("an", kNow, core::Kind::click, "nk"), make_event("ann", kNow, core::Kind::click, "K")});
  EXPECT_EQ(totals(), (core::Totals{3, 4, 0}));
}

TEST_P(EventStoreContract, AnEmptySubmissionComesBack) {
  record({});
  EXPECT_EQ(totals(), core::Totals{});
}

TEST_P(EventStoreContract, ManySubmissionsComeBackInTheirOrder) {
  constexpr std::size_t kCount = 500;
  for (std::size_t i = 0; i < kCount; ++i)
    ASSERT_TRUE(submit({make_event("user" + std::to_string(i), kNow, core::Kind::click)}));
  std::vector<std::unique_ptr<Submission>> finished;
  while (finished.size() < kCount) {
    auto more = origin_.wait_for(1);
    ASSERT_FALSE(more.empty());
    std::move(more.begin(), more.end(), std::back_inserter(finished));
  }
  for (std::size_t i = 0; i < kCount; ++i)
    EXPECT_EQ(finished[i]->events[0].user.bytes(), "user" + std::to_string(i));
  EXPECT_EQ(totals(), (core::Totals{kCount, kCount, 0}));
}

}  // namespace hourglass::ports
