#include "cluster/stores/point_store.hpp"

#include <gtest/gtest.h>

#include "cluster/testing/calm_cluster.hpp"

namespace hourglass::cluster {
namespace {

constexpr core::Hour kHour = CalmCluster::kHour;
constexpr core::Hour kNextHour{kHour.value() + 1};

class PointStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<PointStore> open(PointStoreSettings settings = {CalmCluster::kWindow}) {
    return std::make_unique<PointStore>(cluster_.open_cold(), settings, cluster_.world.clock);
  }

  std::unique_ptr<PointStore> load(PointStoreSettings settings = {CalmCluster::kWindow}) {
    auto store = open(settings);
    EXPECT_TRUE(store->load());
    return store;
  }

  /// Everything of [from, to).
  ApplyResult apply(PointStore& store, std::int64_t from, std::int64_t to) {
    return store.apply(Offset{from}, Offset{to}, cluster_.records(from, to));
  }

  void expect_applied(PointStore& store, std::int64_t from, std::int64_t to) {
    EXPECT_TRUE(std::holds_alternative<Applied>(apply(store, from, to)));
  }

  core::Totals totals(Period period) {
    const auto& rows = cluster_.points().totals[period];
    return rows.empty() ? core::Totals{} : rows.rbegin()->second;
  }

  CalmCluster cluster_;
};

TEST_F(PointStoreTest, StandsNowhereAtFirst) {
  const auto store = open();
  EXPECT_EQ(store->load().value(), std::nullopt);
  EXPECT_EQ(store->next().value(), std::nullopt);
}

TEST_F(PointStoreTest, CountsHoursAndDays) {
  const auto store = load();
  cluster_.append(1);
  cluster_.append(1);
  cluster_.append(2);
  cluster_.append(2, kNextHour);
  expect_applied(*store, 0, 4);
  EXPECT_EQ(totals(hour_period(kHour)), (core::Totals{2, 3, 0}));
  EXPECT_EQ(totals(hour_period(kNextHour)), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals(day_period(kHour)), (core::Totals{2, 4, 0}));
  EXPECT_EQ(store->next().value(), Offset{4});
}

TEST_F(PointStoreTest, GoesOnAfterARestartAsIfThereHadBeenNone) {
  cluster_.append(1, kHour, 7);
  expect_applied(*load(), 0, 1);
  cluster_.append(1, kHour, 7);
  cluster_.append(1);
  cluster_.append(2);
  auto store = open();
  const auto position = store->load().value();
  ASSERT_TRUE(position);
  EXPECT_EQ(position->next, Offset{1});
  EXPECT_EQ(position->time, LogTime{cluster_.time});
  EXPECT_EQ(position->last, (LastRecord{Offset{0}, {BootId{1}, 1}}));
  expect_applied(*store, 1, 4);
  EXPECT_EQ(totals(hour_period(kHour)), (core::Totals{2, 3, 0}));
}

TEST_F(PointStoreTest, TellsARecordThatIsThereTwice) {
  const auto store = load();
  cluster_.append(1);
  cluster_.log().append(LogTime{cluster_.time}, *cluster_.log().at(Offset{0})->event, 1);
  expect_applied(*store, 0, 2);
  EXPECT_EQ(totals(hour_period(kHour)).clicks, 1U);
}

TEST_F(PointStoreTest, ForeignRecordsMoveThePositionAndNothingElse) {
  const auto store = load();
  cluster_.append(1);
  cluster_.log().append_foreign(LogTime{cluster_.time + 5});
  expect_applied(*store, 0, 2);
  const auto position = open()->load().value();
  ASSERT_TRUE(position);
  EXPECT_EQ(position->next, Offset{2});
  EXPECT_EQ(position->time, LogTime{cluster_.time});
  EXPECT_EQ(position->last->offset, Offset{0});
}

TEST_F(PointStoreTest, AppliesOnlyFromWhereItStands) {
  const auto store = load();
  cluster_.append(1);
  cluster_.append(2);
  const ApplyResult result = apply(*store, 1, 2);
  ASSERT_TRUE(std::holds_alternative<Moved>(result));
  EXPECT_EQ(std::get<Moved>(result).next, Offset{0});
}

TEST_F(PointStoreTest, HasToBeLoadedAgainAfterAFault) {
  const auto store = load();
  cluster_.append(1);
  cluster_.cut_cold();
  EXPECT_TRUE(std::holds_alternative<StoreFault>(apply(*store, 0, 1)));
  cluster_.mend_cold();
  EXPECT_TRUE(std::holds_alternative<Moved>(apply(*store, 0, 1)));
  EXPECT_TRUE(store->load());
  expect_applied(*store, 0, 1);
  EXPECT_EQ(totals(hour_period(kHour)), (core::Totals{1, 1, 0}));
}

/// A worker died when totals and users were written, but not its progress.
TEST_F(PointStoreTest, CountsNothingAgainThatTheTotalsOfAnHourHoldAlready) {
  cluster_.append(1);
  cluster_.append(2);
  cluster_.append(3, kNextHour);
  expect_applied(*load(), 0, 2);
  cluster_.points().progress.clear();
  expect_applied(*load(), 0, 3);
  EXPECT_EQ(totals(hour_period(kHour)), (core::Totals{2, 2, 0}));
  EXPECT_EQ(totals(hour_period(kNextHour)), (core::Totals{1, 1, 0}));
  EXPECT_EQ(totals(day_period(kHour)), (core::Totals{3, 3, 0}));
}

/// A worker died when users were written, but not their totals.
TEST_F(PointStoreTest, CountsUsersThatWereWrittenWithoutTheirTotals) {
  cluster_.append(1);
  cluster_.append(2);
  expect_applied(*load(), 0, 1);
  cluster_.points().users[hour_period(kHour)][UserId{2}] = Offset{1};
  expect_applied(*load(), 1, 2);
  EXPECT_EQ(totals(hour_period(kHour)), (core::Totals{2, 2, 0}));
}

TEST_F(PointStoreTest, RemembersNoKeysBehindItsProgress) {
  cluster_.append(1, kHour, 7);
  expect_applied(*load(), 0, 1);
  cluster_.points().progress.clear();
  cluster_.points().totals.clear();
  cluster_.points().users.clear();
  expect_applied(*load(), 0, 1);
  EXPECT_EQ(totals(hour_period(kHour)).clicks, 1U);
}

TEST_F(PointStoreTest, CountsTheSameWithoutRoomForUsers) {
  PointStoreSettings settings{CalmCluster::kWindow};
  settings.most_users = 1;
  const auto store = load(settings);
  for (std::uint64_t user = 0; user < 30; ++user) {
    cluster_.append(user % 7, core::Hour{kHour.value() + user % 3});
    expect_applied(*store, static_cast<std::int64_t>(user), static_cast<std::int64_t>(user) + 1);
  }
  for (const Period period : cluster_.log().periods())
    EXPECT_EQ(totals(period), cluster_.log().totals(period, cluster_.log().end()));
}

TEST_F(PointStoreTest, RefusesTotalsThatItsUsersContradict) {
  cluster_.append(1);
  cluster_.append(2);
  expect_applied(*load(), 0, 1);
  cluster_.points().users[hour_period(kHour)].clear();
  const auto store = load();
  const ApplyResult result = apply(*store, 1, 2);
  ASSERT_TRUE(std::holds_alternative<StoreFault>(result));
  EXPECT_EQ(std::get<StoreFault>(result).remedy, Remedy::person);
}

TEST_F(PointStoreTest, RefusesProducersThatCannotBeRead) {
  cluster_.append(1);
  expect_applied(*load(), 0, 1);
  cluster_.points().progress.rbegin()->second.boots = "nonsense";
  const auto loaded = open()->load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().remedy, Remedy::person);
}

TEST_F(PointStoreTest, RemovesTotalsThatNewerOnesHaveMadeUseless) {
  PointStoreSettings settings{CalmCluster::kWindow};
  settings.most_superseded_totals = 3;
  settings.longest_load = std::chrono::nanoseconds{0};
  const auto store = load(settings);
  for (std::int64_t offset = 0; offset < 20; ++offset) {
    cluster_.append(1);
    expect_applied(*store, offset, offset + 1);
  }
  EXPECT_LE(cluster_.points().totals[hour_period(kHour)].size(), 8U);
  EXPECT_EQ(totals(hour_period(kHour)), (core::Totals{1, 20, 0}));
}

/// Somebody may have read a progress just before, and read the keys of its window now.
TEST_F(PointStoreTest, RemovesKeysWhenTheirWindowHasPassedTwice) {
  PointStoreSettings settings{CalmCluster::kWindow};
  settings.batches_between_removals = 1;
  settings.longest_load = std::chrono::nanoseconds{0};
  const auto store = load(settings);
  const std::int64_t begin = cluster_.time;
  for (const std::int64_t windows : {0, 1, 2, 3}) {
    cluster_.time = begin + windows * CalmCluster::kWindow.count();
    cluster_.append(1, kHour, static_cast<std::uint8_t>(windows));
    const auto offset = static_cast<std::int64_t>(windows);
    expect_applied(*store, offset, offset + 1);
  }
  std::vector<std::int64_t> kept;
  for (const auto& [identity, key] : cluster_.points().keys)
    kept.push_back(key.offset.value());
  EXPECT_EQ(kept, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(cluster_.points().progress.size(), 2U);
}

}  // namespace
}  // namespace hourglass::cluster
