#include "cluster/worker/revival.hpp"

#include <gtest/gtest.h>

#include "cluster/testing/calm_cluster.hpp"

namespace hourglass::cluster {
namespace {

constexpr core::Hour kHour = CalmCluster::kHour;
constexpr core::Hour kNextHour{kHour.value() + 1};

class RevivalTest : public ::testing::Test {
 protected:
  RevivalTest() : cold_(cluster_.open_cold()), log_(cluster_.open_log()), hot_(cluster_.open_hot()) {}

  /// The cold store counts [from, to) as one batch.
  void count_cold(std::int64_t from, std::int64_t to) {
    PointStore store(cluster_.open_cold(), {CalmCluster::kWindow}, cluster_.world.clock);
    ASSERT_TRUE(store.load());
    ASSERT_TRUE(
        std::holds_alternative<Applied>(store.apply(Offset{from}, Offset{to}, cluster_.records(from, to))));
  }

  StoreResult<bool> revive_hot(std::optional<Offset> seen = std::nullopt, core::Hour floor = core::Hour{0}) {
    return revive({*cold_, *log_, CalmCluster::kWindow, cluster_.world.clock}, *hot_, seen, floor);
  }

  Remedy remedy_of(const StoreResult<bool>& revived) {
    EXPECT_FALSE(revived);
    return revived ? Remedy::retry : revived.error().remedy;
  }

  const PartitionState* state() { return cluster_.servers.hot.state(CalmCluster::kPartition); }

  void apply_hot(std::int64_t from, std::int64_t to) {
    ASSERT_TRUE(
        std::holds_alternative<Applied>(hot_->apply(Offset{from}, Offset{to}, cluster_.records(from, to))));
  }

  CalmCluster cluster_;
  std::unique_ptr<simulation::SimulatedPointDatabase> cold_;
  std::unique_ptr<simulation::SimulatedLog> log_;
  std::unique_ptr<simulation::SimulatedHotStore> hot_;
};

TEST_F(RevivalTest, BringsHoursFromTheFloorOnWithTheirUsers) {
  cluster_.append(1);
  cluster_.append(1, kNextHour);
  cluster_.append(2, kNextHour);
  count_cold(0, 3);
  ASSERT_EQ(revive_hot(std::nullopt, kNextHour), true);
  ASSERT_NE(state(), nullptr);
  EXPECT_EQ(state()->position().next, Offset{3});
  EXPECT_EQ(state()->floor(), kNextHour);
  EXPECT_EQ(state()->hours().size(), 1U);
  EXPECT_EQ(state()->totals(kNextHour), (core::Totals{2, 2, 0}));
  cluster_.append(2, kNextHour);
  apply_hot(3, 4);
  EXPECT_EQ(state()->totals(kNextHour), (core::Totals{2, 3, 0}));
}

TEST_F(RevivalTest, BringsWhatTellsDuplicates) {
  cluster_.append(1, kHour, 7);
  count_cold(0, 1);
  ASSERT_EQ(revive_hot(), true);
  cluster_.append(1, kHour, 7);
  cluster_.log().append(LogTime{cluster_.time}, *cluster_.log().at(Offset{0})->event, 1);
  apply_hot(1, 3);
  EXPECT_EQ(state()->totals(kHour), (core::Totals{1, 1, 0}));
}

/// The cold worker has written totals, but not its progress.
TEST_F(RevivalTest, AnHourThatIsAheadIsNotCountedTwice) {
  cluster_.append(1);
  cluster_.append(2);
  count_cold(0, 1);
  const auto progress = cluster_.points().progress;
  count_cold(1, 2);
  cluster_.points().progress = progress;
  ASSERT_EQ(revive_hot(), true);
  EXPECT_EQ(state()->position().next, Offset{1});
  apply_hot(1, 2);
  EXPECT_EQ(state()->totals(kHour), (core::Totals{2, 2, 0}));
}

TEST_F(RevivalTest, ChangesNothingWhereSomebodyElseWasFaster) {
  cluster_.append(1);
  ASSERT_EQ(revive_hot(), true);
  apply_hot(0, 1);
  EXPECT_EQ(revive_hot(std::nullopt), false);
  EXPECT_EQ(revive_hot(Offset{0}), false);
  EXPECT_EQ(state()->position().next, Offset{1});
  EXPECT_EQ(revive_hot(Offset{1}), true);
}

TEST_F(RevivalTest, BeginsWithTheEmptyStateWhereTheWholeLogFollows) {
  cluster_.append(1);
  ASSERT_EQ(revive_hot(), true);
  EXPECT_EQ(state()->position().next, Offset{0});
}

TEST_F(RevivalTest, DoesSoWithoutTheColdStoreToo) {
  cluster_.append(1);
  count_cold(0, 1);
  cluster_.cut_cold();
  ASSERT_EQ(revive_hot(), true);
  EXPECT_EQ(state()->position().next, Offset{0});
}

TEST_F(RevivalTest, WaitsForTheColdStoreWhereTheLogDoesNotBeginAtZero) {
  cluster_.append(1);
  cluster_.log().forget(LogTime{INT64_MAX}, Offset{1});
  cluster_.cut_cold();
  EXPECT_EQ(remedy_of(revive_hot()), Remedy::retry);
}

TEST_F(RevivalTest, TriesAgainWhereTheColdStoreHasGoneOnAndTheLogHasForgotten) {
  cluster_.append(1);
  cluster_.append(2);
  count_cold(0, 1);
  std::optional<Remedy> remedy;
  simulation::Fiber reviving(cluster_.world.fibers, [&] { remedy = remedy_of(revive_hot()); });
  reviving.resume();
  reviving.resume();  // it has read the progress
  count_cold(1, 2);
  cluster_.log().forget(LogTime{INT64_MAX}, Offset{2});
  while (!reviving.has_ended())
    reviving.resume();
  EXPECT_EQ(remedy, Remedy::retry);
  EXPECT_EQ(revive_hot(), true);
}

TEST_F(RevivalTest, CallsForSomebodyWhereTheLogHasForgottenWhatTheColdStoreIsToCount) {
  cluster_.append(1);
  cluster_.append(2);
  count_cold(0, 1);
  cluster_.log().forget(LogTime{INT64_MAX}, Offset{2});
  EXPECT_EQ(remedy_of(revive_hot()), Remedy::person);
}

TEST_F(RevivalTest, CallsForSomebodyWhereTheColdStoreHoldsNothingAndTheLogHasForgotten) {
  cluster_.append(1);
  cluster_.log().forget(LogTime{INT64_MAX}, Offset{1});
  EXPECT_EQ(remedy_of(revive_hot()), Remedy::person);
}

TEST_F(RevivalTest, CallsForSomebodyWhereTheColdStoreHasCountedAnotherLog) {
  cluster_.append(1);
  cluster_.append(2);
  count_cold(0, 2);
  cluster_.log() = simulation::PartitionHistory();
  cluster_.append(3);
  EXPECT_EQ(remedy_of(revive_hot()), Remedy::person);
}

TEST_F(RevivalTest, RefusesAnHourThatItsUsersContradict) {
  cluster_.append(1);
  count_cold(0, 1);
  cluster_.points().users.clear();
  EXPECT_EQ(remedy_of(revive_hot()), Remedy::person);
  EXPECT_EQ(state(), nullptr);
}

}  // namespace
}  // namespace hourglass::cluster
