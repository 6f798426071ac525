#pragma once

#include <atomic>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "cluster/testing/hot_store_place.hpp"
#include "cluster/testing/random_log.hpp"

namespace hourglass::cluster {

// What every hot store promises; run against each by INSTANTIATE_TEST_SUITE_P(name, HotStoreContract, ...)
// with a function that makes an empty place.

TEST_P(HotStoreContract, HoldsNothingAtFirst) {
  EXPECT_EQ(load(), std::nullopt);
  EXPECT_EQ(totals(kHour), std::nullopt);
  const ApplyResult result = store_->apply(Offset{0}, Offset{0}, {});
  ASSERT_TRUE(std::holds_alternative<Moved>(result));
  EXPECT_EQ(std::get<Moved>(result).next, std::nullopt);
}

TEST_P(HotStoreContract, BeginsWithTheEmptyState) {
  begin(kHour);
  EXPECT_EQ(load(), (StorePosition{Offset{0}, LogTime{0}, std::nullopt}));
  EXPECT_EQ(store_->floor(), kHour);
  EXPECT_EQ(totals(), core::Totals{});
  EXPECT_EQ(next_of(kHour), Offset{0});
}

TEST_P(HotStoreContract, CountsUsersOnceAndEventsEachTime) {
  begin();
  count({record(7), impression(record(7)), record((1ULL << 50U) - 1)});
  count({record(7)});
  EXPECT_EQ(totals(), (core::Totals{2, 3, 1}));
  EXPECT_EQ(next_of(kHour), Offset{4});
  EXPECT_EQ(load(), (StorePosition{Offset{4}, LogTime{kTime}, LastRecord{Offset{3}, {BootId{1}, 4}}}));
}

TEST_P(HotStoreContract, KeepsHoursAndPartitionsApart) {
  begin();
  count({record(7), record(7, 0, core::Hour{0}), record(7, 0, kLastHour)});
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
  const std::vector<core::Hour> hours{kLastHour, core::Hour{1}, core::Hour{0}};
  const auto answers = reader_->read(hours);
  ASSERT_EQ(answers.size(), kHotPartitions);
  for (const HotAnswer& answer : answers)
    ASSERT_TRUE(answer && answer->size() == hours.size());
  EXPECT_EQ(totals_of((*answers[1])[0]), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals_of((*answers[1])[1]), core::Totals{});
  EXPECT_EQ(totals_of((*answers[1])[2]), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals_of((*answers[0])[0]), std::nullopt);
  EXPECT_EQ(totals_of((*answers[2])[0]), std::nullopt);
  const auto other = place_->open(Partition{0})->load();
  EXPECT_TRUE(other && !*other);
}

TEST_P(HotStoreContract, ForeignRecordsTakeTheirOffsetAndNothingElse) {
  begin();
  count({record(7), foreign(50)});
  count({foreign(20)});
  EXPECT_EQ(load(), (StorePosition{Offset{3}, LogTime{kTime}, LastRecord{Offset{0}, {BootId{1}, 1}}}));
  ++offset_;  // a record of the log's own
  count({});
  EXPECT_EQ(load()->next, Offset{4});
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
}

TEST_P(HotStoreContract, TellsRepeatedRecordsByTheirIdentityInAnyOrder) {
  begin();
  const std::uint64_t large = kMaxSequence;
  count({with_identity(record(1), 5, 9), with_identity(record(2), 5, 3), with_identity(record(3), 5, 9),
         with_identity(record(4), 5, 3), with_identity(record(5), ~0ULL, large)});
  EXPECT_EQ(totals(), (core::Totals{3, 3, 0}));
  count({with_identity(record(6), 5, 3), with_identity(record(7), 5, 4), with_identity(record(8), 5, 1),
         with_identity(record(9), ~0ULL, large), with_identity(record(10), ~0ULL, large - 1)});
  EXPECT_EQ(totals(), (core::Totals{6, 6, 0}));
  EXPECT_EQ(load()->last, (LastRecord{Offset{9}, {BootId{~0ULL}, large - 1}}));
}

TEST_P(HotStoreContract, ForgetsTheLowestOfTooManyMissingSequences) {
  begin();
  std::vector<Record> records;
  for (std::uint64_t range = 1; range <= SeenSequences::kMostMissingRanges + 2; ++range)
    records.push_back(with_identity(record(range), 5, 3 * range));
  count(records);
  const std::uint64_t all = records.size();
  count({with_identity(record(1), 5, 2), with_identity(record(1), 5, 4), with_identity(record(1), 5, 7),
         with_identity(record(1), 5, 1'000'000'000), with_identity(record(1), 5, 500'000'000),
         with_identity(record(1), 5, 10), with_identity(record(1), 5, 13), with_identity(record(1), 5, 16)});
  EXPECT_EQ(totals(), (core::Totals{all, all + 5, 0}));  // 2, 4 and 10 are taken for seen
}

TEST_P(HotStoreContract, RemembersKeysForExactlyTheirWindow) {
  const std::int64_t window = kHotWindow.count();
  begin();
  count({with_key(record(1), 1), with_key(record(2, window - 1), 1)});
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
  count({with_key(record(3, 2 * window - 2), 1)});  // by the second occurrence
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
  count({with_key(record(4, 3 * window - 2), 1)});
  EXPECT_EQ(totals(), (core::Totals{2, 2, 0}));
  count({foreign(9 * window), with_key(record(5, 0), 1)});  // which moves no clock
  EXPECT_EQ(totals(), (core::Totals{2, 2, 0}));
  count({record(6, 4 * window - 2), with_key(record(7, 0), 1)});  // time is the log clock
  EXPECT_EQ(totals(), (core::Totals{4, 4, 0}));
}

TEST_P(HotStoreContract, ARepeatedRecordRefreshesTheKey) {
  const std::int64_t window = kHotWindow.count();
  begin();
  const Record first = with_key(record(1), 1);
  Record again = first;
  again.offset = Offset{offset_++};
  again.time = LogTime{kTime + window - 1};
  count({first, again});
  count({with_key(record(2, window + 1), 1)});
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
}

TEST_P(HotStoreContract, WhereBatchesAreCutDecidesNothing) {
  const std::int64_t window = kHotWindow.count();
  begin();
  count({with_identity(record(1), 5, 7), with_identity(record(2, window), 6, 1),
         with_identity(record(3, window), 5, 7)});
  EXPECT_EQ(totals(), (core::Totals{3, 3, 0}));
  count({with_identity(record(4, 2 * window), 6, 2)});
  count({with_identity(record(5, 2 * window), 5, 7)});
  EXPECT_EQ(totals(), (core::Totals{5, 5, 0}));
}

TEST_P(HotStoreContract, MovesOnlyFromWhereItStands) {
  begin();
  count({record(1)});
  const Record late = record(2);
  for (const std::int64_t from : {0, 2}) {
    const ApplyResult result = store_->apply(Offset{from}, Offset{3}, std::span(&late, 1));
    ASSERT_TRUE(std::holds_alternative<Moved>(result));
    EXPECT_EQ(std::get<Moved>(result).next, Offset{1});
  }
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
}

TEST_P(HotStoreContract, SaysWhereItStandsToAWorkerThatWaits) {
  const auto next = [&] {
    const auto next = store_->next();
    EXPECT_TRUE(next) << next.error().message;
    return next ? *next : std::nullopt;
  };
  EXPECT_EQ(next(), std::nullopt);
  begin();
  EXPECT_EQ(next(), Offset{0});
  count({record(1), foreign(0)});
  EXPECT_EQ(next(), Offset{2});
  place_->lose_everything();
  EXPECT_EQ(next(), std::nullopt);
}

TEST_P(HotStoreContract, AWorkerThatWasReplacedCountsNothing) {
  begin();
  const auto zombie = place_->open(kPartition);
  const auto batch = std::vector{record(1)};
  count(batch);
  const ApplyResult result = zombie->apply(Offset{0}, Offset{1}, batch);
  ASSERT_TRUE(std::holds_alternative<Moved>(result));
  EXPECT_EQ(std::get<Moved>(result).next, Offset{1});
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
}

TEST_P(HotStoreContract, SaysThatItHoldsNothingAfterALoss) {
  begin();
  count({record(1)});
  place_->lose_everything();
  const ApplyResult result = apply({record(2)});
  ASSERT_TRUE(std::holds_alternative<Moved>(result));
  EXPECT_EQ(std::get<Moved>(result).next, std::nullopt);
  EXPECT_EQ(load(), std::nullopt);
  EXPECT_EQ(totals(kHour), std::nullopt);
}

TEST_P(HotStoreContract, CountsNothingBelowItsFloor) {
  begin(kHour);
  const core::Hour below{kHour.value() - 1};
  count({record(1, 0, below), record(1)});
  EXPECT_EQ(totals(below), std::nullopt);
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
}

TEST_P(HotStoreContract, DropsHoursOnceTheColdStoreHoldsThem) {
  begin();
  const core::Hour next{kHour.value() + 1};
  count({record(1), record(2), record(3, 0, next)});
  EXPECT_EQ(said(store_->drop(next, Offset{1})), "no");
  EXPECT_EQ(totals(), (core::Totals{2, 2, 0}));
  EXPECT_EQ(said(store_->drop(next, Offset{2})), "yes");
  EXPECT_EQ(store_->floor(), next);
  EXPECT_EQ(totals(kHour), std::nullopt);
  EXPECT_EQ(totals(next), (core::Totals{1, 1, 0}));
  count({record(1), record(4, 0, next)});
  EXPECT_EQ(totals(kHour), std::nullopt);
  EXPECT_EQ(totals(next), (core::Totals{2, 2, 0}));
  EXPECT_EQ(said(store_->drop(kHour, Offset{5})), "yes");  // not down again
  EXPECT_EQ(store_->floor(), next);
  const auto other = place_->open(kPartition);
  ASSERT_TRUE(other->load());
  EXPECT_EQ(other->floor(), next);
}

TEST_P(HotStoreContract, SaysHowManyLaterHoursItHolds) {
  const auto hours_after = [&](core::Hour hour) {
    const auto count = store_->hours_after(hour);
    EXPECT_TRUE(count) << count.error().message;
    return count ? std::optional(*count) : std::nullopt;
  };
  const core::Hour next{kHour.value() + 1};
  const core::Hour far{kHour.value() + 1'000};
  EXPECT_EQ(hours_after(core::Hour{0}), 0U);
  begin(kHour);
  EXPECT_EQ(hours_after(core::Hour{0}), 0U);
  const Record first = with_key(record(1), 1);
  count({first, record(2, 0, next), record(3, 0, next), record(4, 0, far), foreign(0)});
  EXPECT_EQ(hours_after(core::Hour{kHour.value() - 1}), 3U);
  EXPECT_EQ(hours_after(kHour), 2U);
  EXPECT_EQ(hours_after(next), 1U);
  EXPECT_EQ(hours_after(far), 0U);
  count({with_key(record(1, 0, core::Hour{far.value() + 1}), 1)});  // not counted, so nothing is held
  EXPECT_EQ(hours_after(far), 0U);
  ASSERT_EQ(said(store_->drop(far, Offset{offset_})), "yes");
  EXPECT_EQ(hours_after(kHour), 1U);
  place_->lose_everything();
  EXPECT_EQ(hours_after(core::Hour{0}), 0U);
}

TEST_P(HotStoreContract, ADuplicateDoesNotKeepAnHourFromBeingDropped) {
  begin();
  const Record first = record(1);
  Record again = first;
  again.offset = Offset{offset_++};
  count({first, again});
  EXPECT_EQ(said(store_->drop(core::Hour{kHour.value() + 1}, Offset{1})), "yes");
}

TEST_P(HotStoreContract, ACopyHasHoursThatAreAhead) {
  Duplicates duplicates(kHotWindow);
  duplicates.advance(LogTime{kTime});
  duplicates.remember(KeyDigest{9, 0, 0xff, '\n'}, LogTime{kTime});
  const core::Hour ahead{kHour.value() + 1};
  const PartitionState state({Offset{10}, LogTime{kTime}, LastRecord{Offset{9}, {BootId{1}, 1}}}, duplicates,
                             {{kHour, {{2, 3, 0}, {UserId{1}, UserId{2}}, Offset{0}, {}}},
                              {ahead, {{1, 1, 1}, {UserId{1}}, Offset{12}, {}}}},
                             kHour);
  ASSERT_EQ(said(bring(*store_, state, std::nullopt)), "yes");
  EXPECT_EQ(load(), state.position());
  EXPECT_EQ(store_->floor(), kHour);
  EXPECT_EQ(next_of(kHour), Offset{10});
  EXPECT_EQ(next_of(ahead), Offset{12});
  EXPECT_EQ(totals(ahead), (core::Totals{1, 1, 1}));

  next_ = offset_ = 10;
  count({record(1), with_key(record(3), 9), record(5, 0, ahead)});
  EXPECT_EQ(totals(), (core::Totals{2, 4, 0}));
  EXPECT_EQ(totals(ahead), (core::Totals{2, 2, 1}));
  EXPECT_EQ(next_of(ahead), Offset{13});
}

TEST_P(HotStoreContract, ACopyReplacesAllThatWasThere) {
  begin();
  const core::Hour gone{kHour.value() - 1};
  count({record(1), with_key(record(1, 0, gone), 1)});
  const PartitionState state({Offset{1}, LogTime{kTime}, std::nullopt}, Duplicates(kHotWindow),
                             {{kHour, {{1, 1, 0}, {UserId{8}}, Offset{0}, {}}}}, core::Hour{0});
  ASSERT_EQ(said(bring(*store_, state, Offset{2})), "yes");
  EXPECT_EQ(load(), state.position());
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals(gone), core::Totals{});
  next_ = 1;
  count({with_key(with_identity(record(1, 0, gone), 1, 1), 1), record(1)});
  EXPECT_EQ(totals(gone), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals(), (core::Totals{2, 2, 0}));
}

TEST_P(HotStoreContract, ACopyIsThrownAwayWhereTheStoreHasMoved) {
  begin();
  count({record(1)});
  PartitionState state(kHotWindow);
  for (const std::optional<Offset> seen : {std::optional<Offset>(), std::optional(Offset{0})})
    EXPECT_EQ(said(bring(*store_, state, seen)), "no");
  EXPECT_EQ(totals(), (core::Totals{1, 1, 0}));
  place_->lose_everything();
  EXPECT_EQ(said(bring(*store_, state, Offset{1})), "no");
  EXPECT_EQ(load(), std::nullopt);
  EXPECT_EQ(said(bring(*store_, state, std::nullopt)), "yes");
}

TEST_P(HotStoreContract, OfTwoCopiesOneIsPutInPlace) {
  const PartitionState first({Offset{5}, LogTime{1}, std::nullopt}, Duplicates(kHotWindow), {}, kHour);
  const PartitionState second({Offset{6}, LogTime{1}, std::nullopt}, Duplicates(kHotWindow), {}, kHour);
  const auto other = place_->open(kPartition);
  EXPECT_EQ(said(bring(*other, first, std::nullopt)), "yes");
  EXPECT_EQ(said(bring(*store_, second, std::nullopt)), "no");
  EXPECT_EQ(load()->next, Offset{5});
}

TEST_P(HotStoreContract, AReadNeverTears) {
  begin();
  std::atomic<bool> ends = false;
  const auto counting = [&] {
    for (int batch = 0; batch < 300; ++batch) {
      std::vector<Record> records;
      for (int user = 0; user < 5; ++user) {
        records.push_back(record(sequence_ + 1));
        records.push_back(impression(record(sequence_)));
      }
      count(records);
    }
    ends = true;
  };
  const auto reading = [&] {
    Offset before{0};
    while (!ends) {
      const HotHour hour = read(kHour);
      const Offset next = hour ? hour->next : Offset{-1};
      const auto half = static_cast<std::uint64_t>(next.value()) / 2;
      EXPECT_EQ(totals_of(hour), (core::Totals{half, half, half}));
      EXPECT_GE(next, before);
      before = next;
    }
  };
  place_->do_at_once(counting, reading);
  EXPECT_EQ(totals(), (core::Totals{1'500, 1'500, 1'500}));
}

TEST_P(HotStoreContract, IsWhatTheLogGives) {
  std::mt19937_64 random(base::test_seed());
  std::vector<core::Hour> hours;
  for (std::uint64_t hour = 0; hour < 6; ++hour)
    hours.emplace_back(kHour.value() + hour);
  for (int round = 0; round < 6; ++round) {
    RandomLog log(random, kHour, kTime);
    PartitionState state(kHotWindow);
    auto seen = load();
    ASSERT_EQ(said(bring(*store_, state, seen ? std::optional(seen->next) : std::nullopt)), "yes");
    for (int step = 0; step < 60; ++step) {
      const Offset from = state.position().next;
      const std::vector<Record> records = log.batch();
      const Offset to = log.end();
      state.apply(to, records);
      const ApplyResult result = store_->apply(from, to, records);
      ASSERT_TRUE(std::holds_alternative<Applied>(result)) << describe(result);
      if (random() % 15 == 0) {
        const core::Hour floor{kHour.value() + random() % 4};
        ASSERT_EQ(said(store_->drop(floor, to)), "yes");
        state.raise_floor(floor);
      }
      if (random() % 15 == 0) {
        ASSERT_EQ(said(bring(*store_, state, to)), "yes");
      }
      ASSERT_EQ(load(), state.position());
      ASSERT_EQ(store_->floor(), state.floor());
      const auto answers = reader_->read(hours);
      ASSERT_TRUE(answers[kPartition.value()]);
      for (std::size_t index = 0; index < hours.size(); ++index) {
        const HotHour& answer = (*answers[kPartition.value()])[index];
        const auto expected =
            hours[index] < state.floor() ? std::nullopt : std::optional(state.totals(hours[index]));
        ASSERT_EQ(totals_of(answer), expected) << "hour " << index << " step " << step;
      }
    }
  }
}

}  // namespace hourglass::cluster
