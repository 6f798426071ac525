#include "cluster/worker/worker_loop.hpp"

#include <gtest/gtest.h>

#include "cluster/testing/calm_cluster.hpp"
#include "cluster/worker/revival.hpp"

namespace hourglass::cluster {
namespace {

using std::chrono::milliseconds;

constexpr core::Hour kHour = CalmCluster::kHour;

class WorkerLoopTest : public ::testing::Test {
 protected:
  WorkerParts cold_parts() {
    WorkerParts parts;
    parts.log = cluster_.open_log();
    parts.store = std::make_unique<PointStore>(cluster_.open_cold(), PointStoreSettings{CalmCluster::kWindow},
                                               cluster_.world.clock);
    parts.wait = [this](milliseconds time) { waits_.push_back(time); };
    return parts;
  }

  WorkerParts hot_parts() {
    auto hot = cluster_.open_hot();
    WorkerParts parts;
    parts.log = cluster_.open_log();
    parts.revive = [this, hot = hot.get()](PartitionLog& log, std::optional<Offset> seen) {
      const auto cold = cluster_.open_cold();
      return revive({*cold, log, CalmCluster::kWindow, cluster_.world.clock}, *hot, seen, kHour);
    };
    parts.store = std::move(hot);
    parts.wait = [this](milliseconds time) { waits_.push_back(time); };
    return parts;
  }

  void step(WorkerLoop& loop, int steps) {
    for (int count = 0; count < steps; ++count)
      loop.step();
  }

  void pass(milliseconds time) {
    for (milliseconds passed{0}; passed < time; ++passed)
      cluster_.world.clock.stepped();
  }

  CalmCluster cluster_;
  std::vector<milliseconds> waits_;
};

TEST_F(WorkerLoopTest, MovesTheColdStoreAlongTheLog) {
  WorkerLoop loop(Role::cold, cold_parts(), cluster_.world.clock);
  EXPECT_FALSE(loop.status().is_running);
  for (std::uint64_t user = 0; user < 5; ++user)
    cluster_.append(user);
  step(loop, 5);  // load, compare, seek, fetch, apply
  const PartitionStatus status = loop.status();
  EXPECT_TRUE(status.is_running);
  EXPECT_EQ(status.next, Offset{5});
  EXPECT_EQ(status.time, LogTime{cluster_.time});
  EXPECT_EQ(status.batches, 1U);
  EXPECT_EQ(status.records, 5U);
  EXPECT_EQ(cluster_.points().progress_next(), Offset{5});
}

TEST_F(WorkerLoopTest, SaysNothingOfWhatItDoesNotKnowYet) {
  cluster_.append(1);
  WorkerLoop loop(Role::cold, cold_parts(), cluster_.world.clock);
  EXPECT_EQ(loop.status().next, std::nullopt);
  EXPECT_EQ(loop.status().end, std::nullopt);
  step(loop, 3);  // load, compare, seek
  EXPECT_EQ(loop.status().next, Offset{0});
  EXPECT_EQ(loop.status().end, std::nullopt);
  step(loop, 1);  // fetch
  EXPECT_EQ(loop.status().next, Offset{0});
  EXPECT_EQ(loop.status().end, Offset{1});
}

TEST_F(WorkerLoopTest, AnEmptyHotStoreStandsNowhere) {
  cluster_.append(1);
  WorkerLoop loop(Role::hot, hot_parts(), cluster_.world.clock);
  step(loop, 7);  // load, revive, load, compare, seek, fetch, apply
  EXPECT_EQ(loop.status().next, Offset{1});
  cluster_.servers.hot.lose_all();
  step(loop, 3);  // fetch, recheck, load
  EXPECT_EQ(loop.status().next, std::nullopt);
  step(loop, 2);  // revive, load
  EXPECT_EQ(loop.status().next, Offset{0});
}

TEST_F(WorkerLoopTest, SeesTheLogGrowWhileItsStoreDoesNotAnswer) {
  WorkerLoop loop(Role::cold, cold_parts(), cluster_.world.clock);
  cluster_.append(1);
  step(loop, 7);  // load, compare, seek, fetch, apply, fetch, recheck
  cluster_.cut_cold();
  step(loop, 2);  // fetch, recheck
  EXPECT_EQ(loop.status().end, Offset{1});
  cluster_.append(2);
  cluster_.append(3);
  step(loop, 1);  // pause
  EXPECT_EQ(loop.status().next, Offset{1});
  EXPECT_EQ(loop.status().end, Offset{3});
  EXPECT_FALSE(loop.status().is_running);
}

TEST_F(WorkerLoopTest, RevivesTheHotStoreAndGoesOn) {
  WorkerLoop loop(Role::hot, hot_parts(), cluster_.world.clock);
  cluster_.append(1);
  step(loop, 7);  // load, revive, load, compare, seek, fetch, apply
  EXPECT_EQ(loop.status().revived, 1U);
  EXPECT_EQ(loop.status().next, Offset{1});
  ASSERT_NE(cluster_.servers.hot.state(CalmCluster::kPartition), nullptr);
  EXPECT_EQ(cluster_.servers.hot.state(CalmCluster::kPartition)->totals(kHour), (core::Totals{1, 1, 0}));
}

TEST_F(WorkerLoopTest, SeesALossWhileNothingComes) {
  WorkerLoop loop(Role::hot, hot_parts(), cluster_.world.clock);
  cluster_.append(1);
  step(loop, 7);
  cluster_.servers.hot.lose_all();
  step(loop, 9);  // fetch, recheck, load, revive, load, compare, seek, fetch, apply
  EXPECT_EQ(loop.status().revived, 2U);
  EXPECT_EQ(loop.status().next, Offset{1});
}

TEST_F(WorkerLoopTest, GoesOnWhereAnotherWorkerHasMovedTheStore) {
  WorkerLoop late(Role::hot, hot_parts(), cluster_.world.clock);
  WorkerLoop quick(Role::hot, hot_parts(), cluster_.world.clock);
  cluster_.append(1);
  step(late, 6);  // load, revive, load, compare, seek, fetch
  cluster_.append(2);
  step(quick, 5);  // load, compare, seek, fetch, apply
  EXPECT_EQ(quick.status().next, Offset{2});
  late.step();
  EXPECT_EQ(late.status().moved, 1U);
  step(late, 3);  // load, compare, seek
  EXPECT_EQ(late.status().next, Offset{2});
  EXPECT_EQ(cluster_.servers.hot.state(CalmCluster::kPartition)->totals(kHour), (core::Totals{2, 2, 0}));
}

TEST_F(WorkerLoopTest, WaitsBetweenHalfOfThePauseAndTheWholeAndSaysWhy) {
  WorkerLoop loop(Role::cold, cold_parts(), cluster_.world.clock);
  cluster_.cut_cold();
  step(loop, 1);
  EXPECT_FALSE(loop.status().is_running);
  EXPECT_NE(loop.status().trouble, "");
  step(loop, 1);
  ASSERT_EQ(waits_.size(), 1U);
  EXPECT_GE(waits_.front(), milliseconds{100});
  EXPECT_LE(waits_.front(), milliseconds{200});
  cluster_.mend_cold();
  cluster_.append(1);
  step(loop, 5);
  EXPECT_EQ(loop.status().trouble, "");
  EXPECT_EQ(loop.status().next, Offset{1});
}

TEST_F(WorkerLoopTest, SaysThatSomebodyHasToMendTheStore) {
  WorkerLoop loop(Role::cold, cold_parts(), cluster_.world.clock);
  cluster_.append(1);
  cluster_.servers.cold.refuses_until = UINT64_MAX;
  step(loop, 5);
  EXPECT_EQ(loop.status().alarm, simulation::kRefusal);
  cluster_.servers.cold.refuses_until = 0;
  step(loop, 6);
  EXPECT_EQ(loop.status().alarm, "");
  EXPECT_EQ(loop.status().next, Offset{1});
}

TEST_F(WorkerLoopTest, TellsHowManyFutureHoursTheHotStoreHeldAtTheLastUpkeep) {
  WorkerParts parts = hot_parts();
  std::vector<core::Hour> asked;
  StoreResult<std::uint64_t> held = 2U;
  parts.hours_after = [&](core::Hour hour) {
    asked.push_back(hour);
    return held;
  };
  WorkerLoop loop(Role::hot, std::move(parts), cluster_.world.clock);
  cluster_.time = 3'600'000 * 7 + 1;
  cluster_.append(1);
  step(loop, 7);  // load, revive, load, compare, seek, fetch, apply
  EXPECT_EQ(loop.status().future_hours, std::nullopt);
  pass(WorkerLoop::kUpkeepPeriod);
  step(loop, 2);  // fetch, recheck
  EXPECT_EQ(asked, std::vector<core::Hour>{core::Hour{7}});
  EXPECT_EQ(loop.status().future_hours, 2U);
  held = store_fault(Remedy::retry, "no answer");
  pass(WorkerLoop::kUpkeepPeriod);
  step(loop, 2);
  EXPECT_EQ(loop.status().future_hours, std::nullopt);
}

TEST_F(WorkerLoopTest, KeepsUpWhileItRuns) {
  WorkerParts parts = cold_parts();
  std::vector<Offset> kept_up;
  parts.upkeep = [&](const StorePosition& position) { kept_up.push_back(position.next); };
  WorkerLoop loop(Role::cold, std::move(parts), cluster_.world.clock);
  step(loop, 5);
  EXPECT_TRUE(kept_up.empty());
  pass(WorkerLoop::kUpkeepPeriod);
  step(loop, 4);
  EXPECT_EQ(kept_up, std::vector<Offset>{Offset{0}});
}

}  // namespace
}  // namespace hourglass::cluster
