#include "cluster/stores/point_store.hpp"

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
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

  /// Fills an hour and its day with so many users; gives a store that has none of them in memory.
  std::unique_ptr<PointStore> load_with_users(std::uint64_t users, std::uint64_t loaded_for_one_look_up) {
    for (std::uint64_t user = 0; user < users; ++user)
      cluster_.append(user);
    expect_applied(*load(), 0, static_cast<std::int64_t>(users));
    cluster_.world.counts = {};
    PointStoreSettings settings{CalmCluster::kWindow};
    settings.users_loaded_for_one_look_up = loaded_for_one_look_up;
    return load(settings);
  }

  /// Counts a click, in a batch of its own.
  void click(PointStore& store, std::uint64_t user, core::Hour hour = kHour) {
    const std::int64_t end = cluster_.log().end().value();
    cluster_.append(user, hour);
    expect_applied(store, end, end + 1);
  }

  void expect_questions(std::uint64_t look_ups, std::uint64_t sets_loaded) {
    EXPECT_EQ(cluster_.world.counts.look_ups, look_ups);
    EXPECT_EQ(cluster_.world.counts.sets_loaded, sets_loaded);
  }

  void expect_right_totals() {
    for (const Period period : cluster_.log().periods())
      EXPECT_EQ(totals(period), cluster_.log().totals(period, cluster_.log().end()));
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
  expect_right_totals();
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

TEST_F(PointStoreTest, LooksUsersUpUntilLoadingAllWouldHaveCostAsMuch) {
  const auto store = load_with_users(10, 4);
  click(*store, 1);
  expect_questions(2, 0);  // one for the hour and one for the day
  click(*store, 1);
  expect_questions(2, 0);
  click(*store, 99);
  expect_questions(4, 0);
  click(*store, 98);
  expect_questions(4, 2);
  click(*store, 97);
  click(*store, 2);
  expect_questions(4, 2);
  expect_right_totals();
}

TEST_F(PointStoreTest, AsksOnceForTheUsersOfABatch) {
  const auto store = load_with_users(10, 1);
  for (const std::uint64_t user : {1, 20, 1, 2, 20, 21, 1})
    cluster_.append(user);
  expect_applied(*store, 10, 17);
  expect_questions(2, 0);
  expect_right_totals();
  EXPECT_EQ(totals(hour_period(kHour)).unique_users, 12U);
}

TEST_F(PointStoreTest, LoadsAllUsersAtOnceForALargeBatch) {
  const auto store = load_with_users(10, 2);
  for (std::uint64_t user = 6; user < 12; ++user)
    cluster_.append(user);
  expect_applied(*store, 10, 16);
  expect_questions(0, 2);
  expect_right_totals();
}

TEST_F(PointStoreTest, LooksUsersUpInTheHourAndInTheDay) {
  const auto store = load_with_users(10, 1);
  click(*store, 3, kNextHour);
  expect_questions(1, 0);  // the hour has nobody yet
  EXPECT_EQ(totals(hour_period(kNextHour)).unique_users, 1U);
  EXPECT_EQ(totals(day_period(kHour)).unique_users, 10U);
  click(*store, 3);
  expect_questions(2, 0);
  EXPECT_EQ(totals(hour_period(kHour)).unique_users, 10U);
  click(*store, 30, kNextHour);
  EXPECT_EQ(totals(day_period(kHour)).unique_users, 11U);
  expect_right_totals();
}

/// A worker died when users were written, but not their totals.
TEST_F(PointStoreTest, LooksUpNobodyWhoseTotalsNeverCame) {
  const auto store = load_with_users(10, 1);
  cluster_.points().users[hour_period(kHour)][UserId{50}] = Offset{10};
  click(*store, 50);
  expect_questions(2, 0);
  EXPECT_EQ(totals(hour_period(kHour)).unique_users, 11U);
  expect_right_totals();
}

TEST_F(PointStoreTest, ForgetsWhatItHasLookedUpAfterAFault) {
  const auto store = load_with_users(10, 1);
  click(*store, 3);
  click(*store, 30);
  cluster_.append(31);
  cluster_.cut_cold();
  EXPECT_TRUE(std::holds_alternative<StoreFault>(apply(*store, 12, 13)));
  cluster_.mend_cold();
  cluster_.world.counts = {};
  ASSERT_TRUE(store->load());
  expect_applied(*store, 12, 13);
  click(*store, 3);
  click(*store, 30);
  click(*store, 31);
  expect_questions(6, 0);
  expect_right_totals();
}

/// Some hours and days, in batches of any size, with faults after which the worker begins again.
TEST_F(PointStoreTest, CountsTheSameHoweverItLearnsOfUsers) {
  simulation::Random random(base::test_seed());
  cluster_.world.random = simulation::Random(random.bits());
  for (const std::uint64_t users_for_one : {1, 2, 5, 1'000}) {
    PointStoreSettings settings{CalmCluster::kWindow};
    settings.users_loaded_for_one_look_up = users_for_one;
    settings.most_users = 1 + random.below(60);
    auto store = load(settings);
    for (int round = 0; round < 300; ++round) {
      const std::int64_t begin = store->next()->value_or(Offset{0}).value();
      for (std::uint64_t left = 1 + random.below(6); left > 0; --left)
        cluster_.append(random.below(40), core::Hour{kHour.value() + 9 * random.below(6)});
      cluster_.world.is_calm = false;
      const ApplyResult result = apply(*store, begin, cluster_.log().end().value());
      cluster_.world.is_calm = true;
      if (random.percent(20))
        cluster_.servers.cold.land_some_delayed();
      if (!std::holds_alternative<Applied>(result) || random.percent(5))
        store = load(settings);
    }
    expect_applied(*store, store->next()->value_or(Offset{0}).value(), cluster_.log().end().value());
    expect_right_totals();
  }
  EXPECT_GT(cluster_.world.counts.look_ups, 100U);
  EXPECT_GT(cluster_.world.counts.sets_loaded, 100U);
}

}  // namespace
}  // namespace hourglass::cluster
