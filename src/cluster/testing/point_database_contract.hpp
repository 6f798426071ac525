#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "cluster/reading/hour_sources.hpp"
#include "cluster/stores/point_database.hpp"

namespace hourglass::cluster {

/// A database of points that holds nothing, with what reaches it.
struct PointDatabaseUnderTest {
  std::function<std::unique_ptr<PointDatabase>(Partition)> open;
  std::function<std::unique_ptr<ColdReader>()> open_reader;
};

/// What every database of points promises, and the reader beside it; run against each by
/// INSTANTIATE_TEST_SUITE_P with a function that makes an empty one with kPartitions partitions, or says why
/// there is none on this machine, which skips the test.
class PointDatabaseContract
    : public ::testing::TestWithParam<std::function<base::Expected<PointDatabaseUnderTest, std::string>()>> {
 public:
  static constexpr std::uint32_t kPartitions = 4;

 protected:
  using Users = std::vector<std::uint64_t>;
  using Offsets = std::vector<std::int64_t>;

  static constexpr Period kHour = hour_period(core::Hour{480'000});
  static constexpr std::int64_t kBehindAll = std::int64_t{1} << 40;

  void SetUp() override {
    auto made = GetParam()();
    if (!made)
      GTEST_SKIP() << made.error();
    under_test_ = *std::move(made);
    database_ = under_test_.open(Partition{3});
    reader_ = under_test_.open_reader();
  }

  void write_users(const std::vector<UserPoint>& users) {
    const auto written = database_->write_identities(users, {});
    ASSERT_TRUE(written) << written.error().message;
  }

  Users write_users_at_bounds() {  // of what an identity is made of; their ids, in order
    const Users ids{0, 1, 255, 256, 257, 511, kUserIds / 2, kUserIds - 256, kUserIds - 1};
    std::vector<UserPoint> points;
    for (const std::uint64_t id : ids)
      points.push_back(user(id, 7));
    write_users(points);
    return ids;
  }

  void write_keys(const std::vector<KeyPoint>& keys) {
    const auto written = database_->write_identities({}, keys);
    ASSERT_TRUE(written) << written.error().message;
  }

  void write_totals(const std::vector<TotalsPoint>& totals) {
    const auto written = database_->write_totals(totals);
    ASSERT_TRUE(written) << written.error().message;
  }

  void write_progress(const ProgressPoint& progress) {
    const auto written = database_->write_progress(progress);
    ASSERT_TRUE(written) << written.error().message;
  }

  /// In order.
  std::vector<std::uint64_t> users(Period period, std::int64_t below = kBehindAll) {
    const auto read = database_->users(period, Offset{below});
    EXPECT_TRUE(read) << read.error().message;
    std::vector<std::uint64_t> values;
    if (read)
      std::transform(read->begin(), read->end(), std::back_inserter(values),
                     [](UserId user) { return user.value(); });
    std::sort(values.begin(), values.end());
    return values;
  }

  /// Offsets of the keys, in order.
  std::vector<std::int64_t> keys(std::int64_t after, std::int64_t below = kBehindAll) {
    const auto read = database_->keys(LogTime{after}, Offset{below});
    EXPECT_TRUE(read) << read.error().message;
    std::vector<std::int64_t> offsets;
    if (read)
      std::transform(read->begin(), read->end(), std::back_inserter(offsets),
                     [](const KeyPoint& key) { return key.offset.value(); });
    std::sort(offsets.begin(), offsets.end());
    return offsets;
  }

  std::optional<TotalsPoint> newest(Period period) {
    const auto read = database_->newest_totals(period);
    EXPECT_TRUE(read) << read.error().message;
    return read ? *read : std::nullopt;
  }

  std::vector<TotalsPoint> newest_from(core::Hour first) {
    const auto read = database_->newest_totals_from(first);
    EXPECT_TRUE(read) << read.error().message;
    auto totals = read ? *read : std::vector<TotalsPoint>{};
    std::sort(totals.begin(), totals.end(),
              [](const TotalsPoint& left, const TotalsPoint& right) { return left.period < right.period; });
    return totals;
  }

  std::optional<ProgressPoint> progress() {
    const auto read = database_->newest_progress();
    EXPECT_TRUE(read) << read.error().message;
    return read ? *read : std::nullopt;
  }

  std::vector<std::int64_t> read_progress() {
    const auto read = reader_->progress();
    EXPECT_TRUE(read) << read.error().message;
    std::vector<std::int64_t> values;
    if (read)
      std::transform(read->begin(), read->end(), std::back_inserter(values),
                     [](Offset next) { return next.value(); });
    return values;
  }

  std::vector<std::pair<core::Totals, std::int64_t>> read_totals(Period period) {
    const auto read = reader_->totals(period);
    EXPECT_TRUE(read) << read.error().message;
    std::vector<std::pair<core::Totals, std::int64_t>> values;
    if (read)
      std::transform(
          read->begin(), read->end(), std::back_inserter(values),
          [](const PartialTotals& partial) { return std::pair(partial.totals, partial.next.value()); });
    return values;
  }

  static UserPoint user(std::uint64_t id, std::int64_t offset, Period period = kHour) {
    return {period, UserId{id}, Offset{offset}};
  }

  static KeyPoint key(std::int64_t time, std::int64_t offset) {
    KeyDigest digest{};
    digest[0] = static_cast<std::uint8_t>(offset);
    digest[15] = 0xF0;
    return {digest, LogTime{time}, Offset{offset}};
  }

  static TotalsPoint totals(Period period, std::int64_t next, core::Totals totals) {
    return {period, Offset{next}, totals};
  }

  static ProgressPoint progress_at(std::int64_t next) {
    return {{Offset{next}, LogTime{1'700'000'000'000}, std::nullopt}, ""};
  }

  PointDatabaseUnderTest under_test_;
  std::unique_ptr<PointDatabase> database_;  // of partition 3
  std::unique_ptr<ColdReader> reader_;
};

TEST_P(PointDatabaseContract, HoldsNothingAtFirst) {
  EXPECT_FALSE(progress());
  EXPECT_FALSE(newest(kHour));
  EXPECT_TRUE(newest_from(core::Hour{0}).empty());
  EXPECT_TRUE(users(kHour).empty());
  EXPECT_TRUE(keys(0).empty());
  EXPECT_EQ(read_progress(), Offsets(kPartitions, 0));
  for (const auto& [totals, next] : read_totals(kHour)) {
    EXPECT_EQ(totals, core::Totals{});
    EXPECT_EQ(next, 0);
  }
  EXPECT_EQ(read_totals(kHour).size(), kPartitions);
}

TEST_P(PointDatabaseContract, TakesNoPointsAtAll) {
  EXPECT_TRUE(database_->write_identities({}, {}));
  EXPECT_TRUE(database_->write_totals({}));
}

TEST_P(PointDatabaseContract, KeepsUsersOfEveryId) {
  const Users ids = write_users_at_bounds();
  EXPECT_EQ(users(kHour), ids);
}

TEST_P(PointDatabaseContract, AUserThatIsWrittenAgainReplacesItself) {
  write_users({user(1'000, 5), user(1'001, 6)});
  write_users({user(1'000, 9)});
  EXPECT_EQ(users(kHour), (Users{1'000, 1'001}));
  EXPECT_EQ(users(kHour, 9), Users{1'001}) << "the last write stays";
  write_users({user(1'000, 5)});
  EXPECT_EQ(users(kHour, 6), Users{1'000});
}

TEST_P(PointDatabaseContract, GivesUsersBelowAnOffset) {
  write_users({user(1, 0), user(2, 10), user(3, 11)});
  EXPECT_TRUE(users(kHour, 0).empty());
  EXPECT_EQ(users(kHour, 1), Users{1});
  EXPECT_EQ(users(kHour, 10), Users{1});
  EXPECT_EQ(users(kHour, 11), (Users{1, 2}));
}

TEST_P(PointDatabaseContract, KeepsPeriodsApart) {
  const std::uint64_t hour = 240'000;
  const std::vector<Period> periods{hour_period(core::Hour{hour - 1}),
                                    hour_period(core::Hour{hour}),
                                    hour_period(core::Hour{hour + 1}),
                                    day_period(core::Hour{hour}),
                                    {Period::Unit::day, hour}};
  for (std::size_t i = 0; i < periods.size() - 1; ++i) {
    write_users({user(0, 1, periods[i]), user(kUserIds - 1 - i, 1, periods[i])});
    write_totals({totals(periods[i], 5, {2, i, 2})});
  }
  for (std::size_t i = 0; i < periods.size() - 1; ++i) {
    EXPECT_EQ(users(periods[i]), (Users{0, kUserIds - 1 - i}));
    EXPECT_EQ(newest(periods[i]), totals(periods[i], 5, {2, i, 2}));
    EXPECT_EQ(read_totals(periods[i])[3], std::pair(core::Totals{2, i, 2}, std::int64_t{5}));
  }
  EXPECT_TRUE(users(periods.back()).empty()) << "a day is not the hour of the same number";
  EXPECT_FALSE(newest(periods.back()));
}

TEST_P(PointDatabaseContract, ReachesFromTheFirstHourToTheLast) {
  const std::vector<Period> periods{hour_period(core::Hour{0}), hour_period(kLastHour),
                                    day_period(core::Hour{0}), day_period(kLastHour)};
  for (const Period period : periods) {
    write_users({user(0, 1, period), user(kUserIds - 1, 1, period)});
    write_totals({totals(period, 1, {1, 1, 0}), totals(period, 3'599'999'999'999, {2, 2, 0})});
    EXPECT_EQ(users(period), (Users{0, kUserIds - 1}));
    EXPECT_EQ(newest(period), totals(period, 3'599'999'999'999, {2, 2, 0}));
    EXPECT_EQ(read_totals(period)[3].first, (core::Totals{2, 2, 0}));
  }
  EXPECT_EQ(newest_from(core::Hour{0}).size(), 2U);
  EXPECT_EQ(newest_from(kLastHour).size(), 1U);
}

TEST_P(PointDatabaseContract, HasNothingBehindTheLastHour) {
  for (const std::uint64_t hour : {kLastHour.value() + 1, std::uint64_t{70'389'527}}) {
    EXPECT_FALSE(newest(hour_period(core::Hour{hour})));
    EXPECT_TRUE(users(hour_period(core::Hour{hour})).empty());
    EXPECT_TRUE(newest_from(core::Hour{hour}).empty());
    EXPECT_EQ(read_totals(hour_period(core::Hour{hour})).size(), kPartitions);
    const auto written = database_->write_totals(std::vector{totals(hour_period(core::Hour{hour}), 1, {})});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().remedy, Remedy::person);
  }
}

TEST_P(PointDatabaseContract, TotalsAreThoseOfTheHighestNextInWhateverOrderTheyCame) {
  write_totals({totals(kHour, 20, {2, 30, 4})});
  write_totals({totals(kHour, 10, {3, 40, 5}), totals(kHour, 15, {9, 99, 9})});
  EXPECT_EQ(newest(kHour), totals(kHour, 20, {2, 30, 4})) << "all columns of one row";
  EXPECT_EQ(read_totals(kHour)[3], std::pair(core::Totals{2, 30, 4}, std::int64_t{20}));
  write_totals({totals(kHour, 21, {0, 0, 1})});
  EXPECT_EQ(newest(kHour), totals(kHour, 21, {0, 0, 1})) << "also where they are lower";
}

TEST_P(PointDatabaseContract, TheHighestNextIsFoundWhereItsIdentityHasGoneRound) {
  const auto turn = static_cast<std::int64_t>(kNanosecondsPerHour);
  write_totals({totals(kHour, turn - 1, {1, 1, 0}), totals(kHour, turn + 2, {2, 2, 0})});
  EXPECT_EQ(newest(kHour)->next, Offset{turn + 2});
  ASSERT_TRUE(database_->remove_superseded_totals(kHour, Offset{turn - 1}));
  EXPECT_EQ(newest(kHour)->next, Offset{turn + 2}) << "a slow worker takes away what is newer";
}

TEST_P(PointDatabaseContract, GivesTheNewestTotalsOfEveryHourFromOneOn) {
  const std::vector<std::uint64_t> hours{0, 479'999, 480'000, 480'001, 900'000, kLastHour.value()};
  for (const std::uint64_t hour : hours) {
    const Period period = hour_period(core::Hour{hour});
    write_totals(
        {totals(period, 7, {1, hour, 1}), totals(period, 9, {2, hour, 2}), totals(period, 8, {9, 9, 9})});
  }
  write_totals({totals(day_period(core::Hour{480'000}), 9, {5, 5, 5})});
  const auto read = newest_from(core::Hour{480'000});
  ASSERT_EQ(read.size(), 4U);
  for (std::size_t i = 0; i < read.size(); ++i)
    EXPECT_EQ(read[i], totals(hour_period(core::Hour{hours[i + 2]}), 9, {2, hours[i + 2], 2}));
  EXPECT_EQ(newest_from(core::Hour{0}).size(), hours.size());
}

TEST_P(PointDatabaseContract, KeepsLargeNumbers) {
  const std::uint64_t many = (std::uint64_t{1} << 53U) + 1;  // no floating point number
  write_totals({totals(kHour, kBehindAll, {many, many + 1, many + 2})});
  EXPECT_EQ(newest(kHour), totals(kHour, kBehindAll, {many, many + 1, many + 2}));
}

TEST_P(PointDatabaseContract, GivesKeysByTimeAndOffset) {
  write_keys({key(999, 4), key(1'000, 5), key(1'001, 6), key(1'001, 7), key(2'000, 8)});
  EXPECT_EQ(keys(-5), (Offsets{4, 5, 6, 7, 8}));
  EXPECT_EQ(keys(1'000), (Offsets{6, 7, 8}));
  EXPECT_EQ(keys(1'000, 8), (Offsets{6, 7}));
  EXPECT_EQ(keys(2'000), Offsets{});
  write_keys({key(1'001, 6), key(1'001, 7)});
  EXPECT_EQ(keys(1'000), (Offsets{6, 7, 8})) << "a point that is written again replaces itself";
  const auto read = database_->keys(LogTime{1'999}, Offset{9});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at(0).key, key(2'000, 8).key);
  EXPECT_EQ(read->at(0).time, LogTime{2'000});
  write_keys({key(3'000, 8)});
  EXPECT_EQ(keys(1'999), (Offsets{8, 8})) << "the same offset at another time is another point";
}

TEST_P(PointDatabaseContract, KeepsTheNewestProgress) {
  ProgressPoint point = progress_at(0);
  write_progress(point);
  EXPECT_EQ(progress()->position, point.position) << "also at the beginning of the log";
  point.position.next = Offset{500};
  point.position.last = LastRecord{Offset{498}, {BootId{0xFEDC'BA98'7654'3210}, kMaxSequence}};
  point.boots = "a=1, \"quoted\" \\ and\nmore \xC3\xA9";
  write_progress(point);
  write_progress(progress_at(100));
  ASSERT_TRUE(progress());
  EXPECT_EQ(progress()->position, point.position);
  EXPECT_EQ(progress()->boots, point.boots);
  point.boots = std::string(200'000, 'b');
  write_progress(point);
  EXPECT_EQ(progress()->boots, point.boots) << "the same progress replaces itself, of any size";
}

TEST_P(PointDatabaseContract, KeepsPartitionsApart) {
  for (std::uint32_t partition = 0; partition < kPartitions; partition += 2) {
    const auto other = under_test_.open(Partition{partition});
    const auto next = static_cast<std::int64_t>(partition) + 1;
    ASSERT_TRUE(other->write_identities(std::vector{user(partition, 0)}, std::vector{key(1'000, next)}));
    ASSERT_TRUE(other->write_totals(std::vector{totals(kHour, next, {1, partition, 1})}));
    ASSERT_TRUE(other->write_progress(progress_at(next)));
  }
  EXPECT_TRUE(users(kHour).empty());
  EXPECT_TRUE(keys(0).empty());
  EXPECT_FALSE(newest(kHour));
  EXPECT_FALSE(progress());
  EXPECT_EQ(read_progress(), (Offsets{1, 0, 3, 0}));
  const auto read = read_totals(kHour);
  ASSERT_EQ(read.size(), kPartitions);
  EXPECT_EQ(read[2], std::pair(core::Totals{1, 2, 1}, std::int64_t{3}));
  EXPECT_EQ(read[1], std::pair(core::Totals{}, std::int64_t{0}));
}

TEST_P(PointDatabaseContract, RemovesWhatIsSuperseded) {
  const Period other = hour_period(core::Hour{480'001});
  write_totals({totals(kHour, 10, {1, 1, 1}), totals(kHour, 20, {2, 2, 2}), totals(other, 10, {3, 3, 3})});
  write_progress(progress_at(10));
  write_progress(progress_at(20));
  write_keys({key(1'000, 1), key(1'001, 2), key(1'002, 3)});
  ASSERT_TRUE(database_->remove_superseded_totals(kHour, Offset{20}));
  ASSERT_TRUE(database_->remove_superseded_totals(kHour, Offset{0})) << "where there is nothing";
  ASSERT_TRUE(database_->remove_superseded_progress(Offset{20}, LogTime{1'001}));
  EXPECT_EQ(newest(kHour), totals(kHour, 20, {2, 2, 2}));
  EXPECT_EQ(newest(other), totals(other, 10, {3, 3, 3}));
  EXPECT_EQ(progress()->position.next, Offset{20});
  EXPECT_EQ(keys(-1), Offsets{3});
}

TEST_P(PointDatabaseContract, AWriteIsReadableOnceItIsConfirmed) {
  for (std::int64_t next = 1; next <= 50; ++next) {
    const auto clicks = static_cast<std::uint64_t>(next);
    write_users({user(clicks * 1'000'003, next - 1)});
    write_totals({totals(kHour, next, {clicks, clicks, 0})});
    write_progress(progress_at(next));
    ASSERT_EQ(read_progress()[3], next);
    ASSERT_EQ(read_totals(kHour)[3], std::pair(core::Totals({clicks, clicks, 0}), next));
    ASSERT_EQ(users(kHour).size(), clicks);
  }
}

TEST_P(PointDatabaseContract, HoldsLargeSets) {
  constexpr std::size_t kUsers = 200'000;
  constexpr std::int64_t kBelow = 150'000;
  std::mt19937_64 random(base::test_seed());
  // Some so near to each other that they differ in their tag only.
  std::vector<UserPoint> points;
  std::vector<KeyPoint> remembered;
  Users expected;
  Users expected_below;
  for (std::size_t i = 0; i < kUsers; ++i) {
    const std::uint64_t id = i < 20'000 ? i : random() % kUserIds;
    points.push_back(user(id, static_cast<std::int64_t>(i)));
    expected.push_back(id);
    if (i % 2 == 0)
      remembered.push_back(key(1'000 + static_cast<std::int64_t>(i) / 100, static_cast<std::int64_t>(i)));
  }
  expected_below.assign(expected.begin(), expected.begin() + kBelow);
  for (Users* ids : {&expected, &expected_below}) {
    std::sort(ids->begin(), ids->end());
    ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  }
  ASSERT_TRUE(database_->write_identities(points, remembered));
  EXPECT_TRUE(users(kHour) == expected) << users(kHour).size();
  EXPECT_TRUE(users(kHour, kBelow) == expected_below);
  EXPECT_EQ(keys(0).size(), kUsers / 2);
}

}  // namespace hourglass::cluster
