#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/result.hpp"
#include "cluster/log/partition_log.hpp"
#include "cluster/log/user_id.hpp"
#include "cluster/testing/events.hpp"

namespace hourglass::cluster {

/// One partition of a log, empty at first. Its users are hashed with kLogClusterKey.
class PartitionLogPlace {
 public:
  virtual ~PartitionLogPlace() = default;

  /// A worker's access to it; one at a time.
  virtual std::unique_ptr<PartitionLog> open() = 0;
  /// Comes back when they are in the log.
  virtual void append(const std::vector<RecordBytes>& records) = 0;
  /// A record that is no event, and behind it an offset that the log takes for itself.
  virtual void append_with_mark() = 0;
  /// As retention does.
  virtual void forget_below(Offset offset) = 0;
};

inline constexpr core::HashKey kLogClusterKey{1, 2, 3, 4};

/// What every log of a partition promises; run against each by INSTANTIATE_TEST_SUITE_P with a function that
/// makes an empty one, or says why there is none on this machine, which skips the test.
class PartitionLogContract
    : public ::testing::TestWithParam<
          std::function<base::Expected<std::unique_ptr<PartitionLogPlace>, std::string>()>> {
 protected:
  using Offsets = std::vector<std::int64_t>;

  static constexpr std::size_t kMost = 1'000;
  static constexpr std::chrono::milliseconds kShortWait{300};
  static constexpr std::chrono::seconds kPatience{20};
  static constexpr std::uint64_t kTimestamp = 1'700'000'000'000;

  void SetUp() override {
    auto made = GetParam()();
    if (!made)
      GTEST_SKIP() << made.error();
    place_ = *std::move(made);
    log_ = place_->open();
  }

  /// Appends so many clicks of users u0, u1, ..., which go on where those before ended.
  void fill(std::uint64_t count) {
    std::vector<RecordBytes> records;
    for (; count > 0; --count) {
      const auto event = make_event("u" + std::to_string(sequence_), kTimestamp, core::Kind::click);
      records.push_back(encode_record(event, {BootId{7}, ++sequence_}));
    }
    place_->append(records);
  }

  void seek(std::int64_t offset) {
    const auto sought = log_->seek(Offset{offset});
    ASSERT_TRUE(sought) << sought.error().message;
  }

  /// What one fetch gives, or what is there in the end.
  Fetched fetch(std::size_t most = kMost, std::chrono::milliseconds wait = kPatience) {
    auto fetched = log_->fetch(most, wait);
    EXPECT_TRUE(fetched) << fetched.error().message;
    return fetched ? *std::move(fetched) : Fetched{};
  }

  /// Fetches until `next` is there; the offsets of what came.
  Offsets read_to(std::int64_t next) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    Offsets offsets;
    Offset reached{-1};
    while (reached < Offset{next} && !HasFailure()) {
      const Fetched fetched = fetch(kMost, kShortWait);
      for (const Record& record : fetched.records)
        offsets.push_back(record.offset.value());
      reached = fetched.next;
      EXPECT_LT(std::chrono::steady_clock::now(), deadline) << "reached " << reached.value();
    }
    EXPECT_EQ(reached, Offset{next});
    return offsets;
  }

  void expect_no_fetch() {
    const auto refused = log_->fetch(kMost, kShortWait);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().remedy, Remedy::retry);
  }

  void expect_no_place_at(std::int64_t offset) {
    const auto refused = log_->seek(Offset{offset});
    ASSERT_FALSE(refused) << "at " << offset;
    EXPECT_EQ(refused.error().remedy, Remedy::retry);
    expect_no_fetch();
  }

  std::optional<Record> record_at(std::int64_t offset) {
    auto record = log_->record_at(Offset{offset});
    EXPECT_TRUE(record) << record.error().message;
    return record ? *record : std::nullopt;
  }

  void expect_range(std::int64_t first, std::int64_t end) {
    const auto range = log_->range();
    ASSERT_TRUE(range) << range.error().message;
    EXPECT_EQ(range->first, Offset{first});
    EXPECT_EQ(range->end, Offset{end});
  }

  static Offsets from_to(std::int64_t first, std::int64_t end) {
    Offsets offsets;
    for (std::int64_t offset = first; offset < end; ++offset)
      offsets.push_back(offset);
    return offsets;
  }

  std::unique_ptr<PartitionLogPlace> place_;
  std::unique_ptr<PartitionLog> log_;
  std::uint64_t sequence_ = 0;
};

TEST_P(PartitionLogContract, HoldsNothingAtFirst) {
  expect_range(0, 0);
  EXPECT_FALSE(record_at(0));
  seek(0);
  const Fetched fetched = fetch(kMost, kShortWait);
  EXPECT_TRUE(fetched.records.empty());
  EXPECT_EQ(fetched.next, Offset{0});
}

TEST_P(PartitionLogContract, GivesWhatWasAppended) {
  const auto event = make_event("ann", kTimestamp, core::Kind::impression, "k1");
  const EventIdentity identity{BootId{0xFEDC'BA98'7654'3210}, kMaxSequence};
  place_->append({encode_record(event, identity)});
  seek(0);
  const Fetched fetched = fetch();
  ASSERT_EQ(fetched.records.size(), 1U);
  const Record& record = fetched.records.front();
  EXPECT_EQ(record.offset, Offset{0});
  EXPECT_GT(record.time, LogTime{0});
  EXPECT_EQ(record.event,
            (CountedEvent{identity, key_digest("ann", "k1"), core::hour_of(core::Timestamp{kTimestamp}),
                          core::Kind::impression, user_id(kLogClusterKey, "ann")}));
  EXPECT_EQ(record_at(0), record);
}

TEST_P(PartitionLogContract, FetchesOnlyWhereAPlaceWasSought) {
  fill(3);
  expect_no_fetch();
  seek(0);
  EXPECT_EQ(read_to(3), from_to(0, 3));
}

TEST_P(PartitionLogContract, GivesEveryRecordFromTheOffsetThatWasSought) {
  fill(100);
  seek(40);
  EXPECT_EQ(read_to(100), from_to(40, 100));
  seek(0);  // back
  const Fetched part = fetch(10);
  EXPECT_LE(part.records.size(), 10U);
  EXPECT_EQ(part.next, Offset{static_cast<std::int64_t>(part.records.size())});
  EXPECT_EQ(part.end, Offset{100});
  seek(90);  // on, where others may have been fetched ahead
  EXPECT_EQ(read_to(100), from_to(90, 100));
  seek(5);
  seek(95);
  EXPECT_EQ(read_to(100), from_to(95, 100));
  seek(100);  // to the end
  EXPECT_EQ(fetch(kMost, kShortWait).next, Offset{100});
  fill(20);
  EXPECT_EQ(read_to(120), from_to(100, 120));
}

TEST_P(PartitionLogContract, RefusesOffsetsThatItDoesNotHold) {
  fill(10);
  seek(0);
  expect_no_place_at(11);
  place_->forget_below(Offset{5});
  expect_range(5, 10);
  expect_no_place_at(4);
  EXPECT_FALSE(record_at(4));
  seek(5);
  EXPECT_EQ(read_to(10), from_to(5, 10));
  place_->forget_below(Offset{10});
  expect_range(10, 10);
  seek(10);
  EXPECT_EQ(fetch(kMost, kShortWait).next, Offset{10});
}

TEST_P(PartitionLogContract, SkipsNothingThatWasForgotten) {
  fill(50);
  seek(0);
  place_->forget_below(Offset{50});
  fill(1);
  Offset reached{0};  // what was fetched ahead may still come
  StoreResult<Fetched> fetched = Fetched{};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (reached < Offset{51} && std::chrono::steady_clock::now() < deadline) {
    fetched = log_->fetch(kMost, kShortWait);
    if (!fetched)
      break;
    for (const Record& record : fetched->records)
      EXPECT_EQ(record.offset, std::exchange(reached, Offset{reached.value() + 1}));
  }
  if (!fetched) {
    EXPECT_EQ(fetched.error().remedy, Remedy::retry);
    expect_no_fetch();
  }
  seek(50);
  EXPECT_EQ(read_to(51), from_to(50, 51));
}

TEST_P(PartitionLogContract, PassesWhatIsNoEvent) {
  fill(1);
  place_->append_with_mark();  // at 1 and 2
  seek(0);
  EXPECT_EQ(read_to(3), from_to(0, 2));
  const auto foreign = record_at(1);
  ASSERT_TRUE(foreign);
  EXPECT_FALSE(foreign->event);
  EXPECT_FALSE(record_at(2));
  fill(1);
  EXPECT_EQ(read_to(4), from_to(3, 4));
  seek(2);
  EXPECT_EQ(read_to(4), from_to(3, 4));
  seek(0);
  EXPECT_EQ(read_to(4), (Offsets{0, 1, 3}));
}

TEST_P(PartitionLogContract, FindsSingleRecordsBesideFetching) {
  fill(100);
  seek(0);
  const Offset begun = fetch(10).next;
  for (const std::int64_t offset : {99, 0, 50, 50}) {
    const auto record = record_at(offset);
    ASSERT_TRUE(record && record->event);
    EXPECT_EQ(record->offset, Offset{offset});
    EXPECT_EQ(record->event->user, user_id(kLogClusterKey, "u" + std::to_string(offset)));
  }
  EXPECT_FALSE(record_at(100));
  log_->commit(Offset{70});
  EXPECT_EQ(read_to(100), from_to(begun.value(), 100));
}

TEST_P(PartitionLogContract, SomebodyElseReadsTheSame) {
  fill(20);
  seek(0);
  EXPECT_EQ(read_to(20), from_to(0, 20));
  log_->commit(Offset{20});
  log_.reset();
  log_ = place_->open();
  seek(10);
  EXPECT_EQ(read_to(20), from_to(10, 20));
}

}  // namespace hourglass::cluster
