#include "cluster/worker/worker.hpp"

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

using Step = Worker::Step;
using Loaded = StoreResult<std::optional<StorePosition>>;
using Next = StoreResult<std::optional<Offset>>;

const StoreFault kNoAnswer{Remedy::retry, "no answer"};
const StoreFault kRefusal{Remedy::person, "refused"};

StorePosition at(std::int64_t next) {
  return {Offset{next}, LogTime{1'000}, std::nullopt};
}

Fetched fetched(std::int64_t next, std::vector<Record> records = {}) {
  return {std::move(records), Offset{next}};
}

/// A worker whose store stands at 5, and which is to fetch from there.
Worker running(Role role) {
  Worker worker(role);
  worker.loaded(at(5));
  worker.compared(LogMatch::same);
  worker.sought({});
  return worker;
}

/// ... and which is to apply [5, 8).
Worker applying(Role role) {
  Worker worker = running(role);
  worker.fetched(fetched(8, {{Offset{6}, LogTime{2'000}, std::nullopt}}));
  return worker;
}

/// Both roles behave alike.
class EveryWorkerTest : public ::testing::TestWithParam<Role> {};

INSTANTIATE_TEST_SUITE_P(Roles, EveryWorkerTest, ::testing::Values(Role::hot, Role::cold),
                         [](const auto& info) { return info.param == Role::hot ? "Hot" : "Cold"; });

TEST_P(EveryWorkerTest, FindsItsPlaceAndGoesOn) {
  Worker worker(GetParam());
  EXPECT_EQ(worker.step(), Step::load);
  worker.loaded(at(5));
  EXPECT_EQ(worker.step(), Step::compare);
  worker.compared(LogMatch::same);
  EXPECT_EQ(worker.step(), Step::seek);
  EXPECT_EQ(worker.position().next, Offset{5});
  EXPECT_FALSE(worker.is_running());
  worker.sought({});
  EXPECT_EQ(worker.step(), Step::fetch);
  EXPECT_TRUE(worker.is_running());
  worker.fetched(fetched(8));
  EXPECT_EQ(worker.step(), Step::apply);
  EXPECT_EQ(worker.batch().next, Offset{8});
  worker.applied(Applied{});
  EXPECT_EQ(worker.step(), Step::fetch);
  EXPECT_EQ(worker.position().next, Offset{8});
}

TEST_P(EveryWorkerTest, KnowsTheLogClockOfWhatItHasApplied) {
  Worker worker = applying(GetParam());
  worker.applied(Applied{});
  EXPECT_EQ(worker.position().time, LogTime{2'000});
}

TEST_P(EveryWorkerTest, LooksWhetherTheStoreStillStandsThereWhenNothingComes) {
  Worker worker = running(GetParam());
  worker.fetched(fetched(5));
  EXPECT_EQ(worker.step(), Step::recheck);
  worker.rechecked(Offset{5});
  EXPECT_EQ(worker.step(), Step::fetch);
}

TEST_P(EveryWorkerTest, LoadsAgainWhenTheStoreStandsElsewhere) {
  for (const Next& next : {Next{Offset{4}}, Next{Offset{6}}, Next{std::nullopt}}) {
    Worker worker = running(GetParam());
    worker.fetched(fetched(5));
    worker.rechecked(next);
    EXPECT_EQ(worker.step(), Step::load);
  }
}

TEST_P(EveryWorkerTest, LoadsAgainWhenSomebodyElseHasMovedTheStore) {
  for (const Moved& moved : {Moved{Offset{7}}, Moved{}}) {
    Worker worker = applying(GetParam());
    worker.applied(moved);
    EXPECT_EQ(worker.step(), Step::load);
    EXPECT_EQ(worker.position().next, Offset{5});
  }
}

void expect_retry(const Worker& worker) {
  EXPECT_EQ(worker.step(), Step::pause);
  EXPECT_EQ(worker.trouble(), "no answer");
  EXPECT_EQ(worker.alarm(), "");
}

TEST_P(EveryWorkerTest, PausesAfterEveryFaultAndLoadsAgain) {
  Worker loading(GetParam());
  loading.loaded(base::unexpected(kNoAnswer));
  expect_retry(loading);
  Worker comparing(GetParam());
  comparing.loaded(at(5));
  comparing.compared(base::unexpected(kNoAnswer));
  expect_retry(comparing);
  Worker seeking(GetParam());
  seeking.loaded(at(5));
  seeking.compared(LogMatch::same);
  seeking.sought(base::unexpected(kNoAnswer));
  expect_retry(seeking);
  Worker fetching = running(GetParam());
  fetching.fetched(base::unexpected(kNoAnswer));
  expect_retry(fetching);
  Worker rechecking = running(GetParam());
  rechecking.fetched(fetched(5));
  rechecking.rechecked(base::unexpected(kNoAnswer));
  expect_retry(rechecking);
  Worker in_apply = applying(GetParam());
  in_apply.applied(kNoAnswer);
  expect_retry(in_apply);
  in_apply.paused();
  EXPECT_EQ(in_apply.step(), Step::load);
}

TEST_P(EveryWorkerTest, CallsForSomebodyWhenItIsRefusedUntilItGoesOn) {
  Worker worker = applying(GetParam());
  worker.applied(kRefusal);
  EXPECT_EQ(worker.step(), Step::pause);
  EXPECT_EQ(worker.alarm(), "refused");
  EXPECT_EQ(worker.trouble(), "refused");
  EXPECT_EQ(worker.pause_time(), std::chrono::seconds{10});
  worker.paused();
  worker.loaded(at(5));
  worker.compared(LogMatch::same);
  worker.sought({});
  EXPECT_EQ(worker.alarm(), "refused");
  worker.fetched(fetched(8));
  worker.applied(Applied{});
  EXPECT_EQ(worker.alarm(), "");
  EXPECT_EQ(worker.trouble(), "");
}

TEST_P(EveryWorkerTest, PausesLongerTheMoreOftenItFails) {
  Worker worker(GetParam());
  auto before = worker.pause_time();
  for (int failure = 1; failure <= 6; ++failure) {
    worker.loaded(base::unexpected(kNoAnswer));
    EXPECT_EQ(worker.pause_time(), 2 * before);
    before = worker.pause_time();
    worker.paused();
  }
  worker.loaded(base::unexpected(kNoAnswer));
  EXPECT_EQ(worker.pause_time(), before);
  worker.paused();
  worker.loaded(at(5));
  worker.compared(LogMatch::same);
  worker.sought({});
  worker.fetched(fetched(8));
  worker.applied(Applied{});
  EXPECT_LT(worker.pause_time(), before);
}

TEST(HotWorkerTest, RevivesAStoreThatHoldsNothing) {
  Worker worker(Role::hot);
  worker.loaded(std::nullopt);
  EXPECT_EQ(worker.step(), Step::revive);
  EXPECT_EQ(worker.seen(), std::nullopt);
  worker.revived(true);
  EXPECT_EQ(worker.step(), Step::load);
}

TEST(HotWorkerTest, RevivesAStoreThatDoesNotFitTheLog) {
  for (const LogMatch match : {LogMatch::behind, LogMatch::other}) {
    Worker worker(Role::hot);
    worker.loaded(at(5));
    worker.compared(match);
    EXPECT_EQ(worker.step(), Step::revive);
    EXPECT_EQ(worker.seen(), Offset{5});
  }
}

TEST(HotWorkerTest, RevivesAStoreThatContradictsItself) {
  Worker worker = applying(Role::hot);
  worker.applied(Corrupt{Offset{5}});
  EXPECT_EQ(worker.step(), Step::revive);
  EXPECT_EQ(worker.seen(), Offset{5});
}

TEST(HotWorkerTest, TriesARevivalAgainThatFailedOrCameLate) {
  for (const StoreResult<bool>& result :
       {StoreResult<bool>{false}, StoreResult<bool>{base::unexpected(kNoAnswer)}}) {
    Worker worker(Role::hot);
    worker.loaded(std::nullopt);
    worker.revived(result);
    EXPECT_EQ(worker.step(), Step::pause);
    EXPECT_NE(worker.trouble(), "");
    EXPECT_EQ(worker.alarm(), "");
  }
}

TEST(ColdWorkerTest, BeginsAtTheBeginningOfTheLogWhereTheStoreHoldsNothing) {
  Worker worker(Role::cold);
  worker.loaded(std::nullopt);
  EXPECT_EQ(worker.step(), Step::compare);
  EXPECT_EQ(worker.position().next, Offset{0});
  worker.compared(LogMatch::same);
  worker.sought({});
  worker.fetched(fetched(0));
  worker.rechecked(std::nullopt);
  EXPECT_EQ(worker.step(), Step::fetch);
  worker.fetched(fetched(0));
  worker.rechecked(Offset{2});
  EXPECT_EQ(worker.step(), Step::load);
}

TEST(ColdWorkerTest, SeesThatItsStoreIsEmptyAfterItHeldSomething) {
  Worker worker(Role::cold);
  worker.loaded(std::nullopt);
  worker.compared(LogMatch::same);
  worker.sought({});
  worker.fetched(fetched(3));
  worker.applied(Applied{});
  worker.fetched(fetched(3));
  worker.rechecked(std::nullopt);
  EXPECT_EQ(worker.step(), Step::load);
}

TEST(ColdWorkerTest, CallsForSomebodyWhenItsStoreHasCountedAnotherLog) {
  Worker worker(Role::cold);
  worker.loaded(at(5));
  worker.compared(LogMatch::other);
  EXPECT_EQ(worker.step(), Step::pause);
  EXPECT_NE(worker.alarm(), "");
}

/// The log may forget what the store has counted while this worker sleeps.
TEST(ColdWorkerTest, LooksAgainUntilTheStoreStandsStillBeforeItCallsTheLogTooShort) {
  for (const Loaded& first : {Loaded{at(5)}, Loaded{std::nullopt}}) {
    Worker worker(Role::cold);
    worker.loaded(first);
    worker.compared(LogMatch::behind);
    EXPECT_EQ(worker.step(), Step::load);
    worker.loaded(at(8));
    worker.compared(LogMatch::behind);
    EXPECT_EQ(worker.step(), Step::load);
    EXPECT_EQ(worker.alarm(), "");
    worker.loaded(at(8));
    worker.compared(LogMatch::behind);
    EXPECT_EQ(worker.step(), Step::pause);
    EXPECT_NE(worker.alarm(), "");
  }
}

TEST(ColdWorkerTest, NeverSkipsRecordsWhereItsStoreHoldsNothing) {
  Worker worker(Role::cold);
  for (int look = 0; look < 2; ++look) {
    worker.loaded(std::nullopt);
    worker.compared(LogMatch::behind);
  }
  EXPECT_EQ(worker.step(), Step::pause);
  EXPECT_NE(worker.alarm(), "");
}

TEST(ColdWorkerTest, ForgetsAFirstLookOnceItHasGoneOn) {
  Worker worker(Role::cold);
  worker.loaded(at(5));
  worker.compared(LogMatch::behind);
  worker.loaded(at(8));
  worker.compared(LogMatch::same);
  worker.sought(base::unexpected(kNoAnswer));
  worker.paused();
  worker.loaded(at(5));
  worker.compared(LogMatch::behind);
  EXPECT_EQ(worker.step(), Step::load);
}

}  // namespace
}  // namespace hourglass::cluster
