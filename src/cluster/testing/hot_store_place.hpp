#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/reading/hour_sources.hpp"
#include "cluster/stores/hot_store.hpp"
#include "cluster/testing/partition_state.hpp"

namespace hourglass::cluster {

/// Where a hot store is kept, empty at first, with three partitions. Keys are remembered for kHotWindow.
class HotStorePlace {
 public:
  virtual ~HotStorePlace() = default;

  /// Another worker's access to a partition; several are open beside each other.
  virtual std::unique_ptr<HotStore> open(Partition partition) = 0;
  virtual std::unique_ptr<HotReader> reader() = 0;
  /// As a server that starts without its data.
  virtual void lose_everything() = 0;

  /// Does both at once, and returns when both are done.
  virtual void do_at_once(const std::function<void()>& one, const std::function<void()>& other) {
    std::thread beside(one);
    other();
    beside.join();
  }
};

inline constexpr std::uint32_t kHotPartitions = 3;
inline constexpr std::chrono::milliseconds kHotWindow{100'000};

/// A partition of a hot store in an empty place, and records for it. The tests are in hot_store_contract.hpp.
class HotStoreContract : public ::testing::TestWithParam<std::function<std::unique_ptr<HotStorePlace>()>> {
 protected:
  static constexpr Partition kPartition{1};
  static constexpr core::Hour kHour{480'000};
  static constexpr std::int64_t kTime = 1'728'000'000'000;  // when kHour begins

  void SetUp() override {
    place_ = GetParam()();
    store_ = place_->open(kPartition);
    reader_ = place_->reader();
  }

  /// The next record of producer 1, at this time behind kTime.
  Record record(std::uint64_t user, std::int64_t time = 0, core::Hour hour = kHour) {
    ++sequence_;
    return {Offset{offset_++}, LogTime{kTime + time},
            CountedEvent{{BootId{1}, sequence_}, std::nullopt, hour, core::Kind::click, UserId{user}}};
  }

  Record with_key(Record record, std::uint8_t key) {
    record.event->key = KeyDigest{key, 0, 0xff, '\n'};
    return record;
  }

  Record with_identity(Record record, std::uint64_t boot, std::uint64_t sequence) {
    record.event->identity = {BootId{boot}, sequence};
    return record;
  }

  Record impression(Record record) {
    record.event->kind = core::Kind::impression;
    return record;
  }

  Record foreign(std::int64_t time) { return {Offset{offset_++}, LogTime{kTime + time}, std::nullopt}; }

  /// Brings a state in, as a revival does. `seen`: where the store is to stand.
  static StoreResult<bool> bring(HotStore& store, const PartitionState& state, std::optional<Offset> seen) {
    auto copy = store.begin_copy();
    if (!copy)
      return base::unexpected(copy.error());
    std::vector<RememberedKey> keys;
    for (const auto& [key, time] : state.duplicates().keys())
      keys.push_back({key, time});
    auto put = (*copy)->put_keys(keys);
    for (const auto& [hour, stored] : state.hours()) {
      const std::vector<UserId> users(stored.users.begin(), stored.users.end());
      const std::size_t half = users.size() / 2;
      put = put ? (*copy)->put_hour({hour, stored.totals, stored.next}) : put;
      put = put ? (*copy)->put_users(hour, std::span(users).first(half)) : put;
      put = put ? (*copy)->put_users(hour, std::span(users).subspan(half)) : put;
    }
    if (!put)
      return base::unexpected(put.error());
    return (*copy)->put_in_place(seen, state.position(), state.duplicates().boots_text(), state.floor());
  }

  /// The first start: the empty state at offset 0.
  void begin(core::Hour floor = core::Hour{0}) {
    PartitionState empty(kHotWindow);
    empty.raise_floor(floor);
    const auto placed = bring(*store_, empty, std::nullopt);
    ASSERT_TRUE(placed) << placed.error().message;
    ASSERT_TRUE(*placed);
    next_ = offset_ = 0;
  }

  /// Applies everything from where the store stood to where the log is.
  ApplyResult apply(const std::vector<Record>& records) {
    const Offset from{std::exchange(next_, offset_)};
    return store_->apply(from, Offset{offset_}, records);
  }

  void count(const std::vector<Record>& records) {
    const ApplyResult result = apply(records);
    ASSERT_TRUE(std::holds_alternative<Applied>(result)) << describe(result);
  }

  static std::string describe(const ApplyResult& result) {
    if (const auto* fault = std::get_if<StoreFault>(&result))
      return fault->message;
    return std::holds_alternative<Moved>(result) ? "moved" : "corrupt or applied";
  }

  static std::string said(const StoreResult<bool>& result) {
    return !result ? result.error().message : *result ? "yes" : "no";
  }

  HotHour read(core::Hour hour) {
    auto answers = reader_->read(std::span(&hour, 1));
    EXPECT_EQ(answers.size(), kHotPartitions);
    const HotAnswer& answer = answers[kPartition.value()];
    EXPECT_TRUE(answer) << answer.error().message;
    return answer && answer->size() == 1 ? answer->front() : std::nullopt;
  }

  static std::optional<core::Totals> totals_of(const HotHour& hour) {
    return hour ? std::optional(hour->totals) : std::nullopt;
  }

  std::optional<core::Totals> totals(core::Hour hour = kHour) { return totals_of(read(hour)); }

  /// Behind the last record that the totals of an hour hold.
  Offset next_of(core::Hour hour) { return read(hour).value_or(PartialTotals{{}, Offset{-1}}).next; }

  std::optional<StorePosition> load() {
    const auto position = store_->load();
    EXPECT_TRUE(position) << position.error().message;
    return position ? *position : std::nullopt;
  }

  std::int64_t offset_ = 0;  // of the next record
  std::int64_t next_ = 0;    // where the store stands
  std::uint64_t sequence_ = 0;
  std::unique_ptr<HotStorePlace> place_;
  std::unique_ptr<HotStore> store_;
  std::unique_ptr<HotReader> reader_;
};

}  // namespace hourglass::cluster
