// Random histories on a disk that fails and loses power: what was acknowledged is there, nothing else is.

#include <cerrno>
#include <map>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "engine/store.hpp"
#include "engine/testing/manual_clock.hpp"
#include "engine/testing/recording_log.hpp"
#include "engine/testing/simulated_file_system.hpp"

namespace hourglass::engine {
namespace {

constexpr std::uint64_t kNow = 1'700'000'000'000;
constexpr int kSeeds = 300;
constexpr int kStepsPerSeed = 120;

const Executor kAtOnce = [](const std::function<void()>& work) { work(); };

class NoOrigin final : public ports::SubmissionOrigin {
 public:
  void finished(std::vector<std::unique_ptr<ports::Submission>>) override {}
};

/// One history: commits of keyed events, of which some fail; power cuts; and what must be true after each.
class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {
    settings_.directory = "/data";
    settings_.log = {8192, 4096};
    settings_.keys.keys_in_memory = 20;
    settings_.spill_bytes = 6000;
  }

  void run() {
    open();
    for (int step = 0; step < kStepsPerSeed && !::testing::Test::HasFailure(); ++step) {
      if (random_() % 20 == 0) {
        store_.reset();
        files_.cut_power(random_);
        open();
      } else {
        post();
      }
    }
  }

 private:
  void open() {
    store_.reset();
    while (!store_) {
      board_ = std::make_unique<TotalsBoard>();
      if (random_() % 4 == 0)
        files_.fail_call(files_.calls() + 1 + random_() % 8, EIO);
      auto opened = Store::open(settings_, {files_, clock_, log_, {kAtOnce, kAtOnce}, *board_, counters_},
                                [] { return false; });
      files_.fail_call(0, 0);
      if (opened)
        store_ = std::move(*opened);
      else
        ASSERT_EQ(opened.error().reason, StoreFailure::Reason::io) << opened.error().message;
      if (!opened && random_() % 2 == 0)
        files_.cut_power(random_);
    }
    check();
  }

  void post() {
    const int number =
        random_() % 4 == 0 && next_ > 0 ? static_cast<int>(random_() % next_) : static_cast<int>(next_++);
    core::Event event{core::Timestamp{kNow}, *core::User::from_bytes("user" + std::to_string(number % 50)),
                      core::Kind::click, *core::IdempotencyKey::from_text(std::to_string(number))};
    std::vector<QueuedSubmission> submissions;
    submissions.push_back(
        {std::make_unique<ports::Submission>(origin_), {hash_event(store_->identity().hash_key, event)}, 0});
    submissions[0].submission->events.push_back(std::move(event));
    if (random_() % 10 == 0)
      files_.fail_call(files_.calls() + 1 + random_() % 4, random_() % 2 == 0 ? EIO : ENOSPC);
    const Store::Health health = store_->commit(submissions);
    files_.fail_call(0, 0);
    clock_.pass(std::chrono::seconds{1});
    const auto& failure = submissions[0].submission->failure;
    if (!failure) {
      acknowledged_.insert(number);
      maybe_.erase(number);
    } else if (failure->code == base::ErrorCode::outcome_unknown && !acknowledged_.contains(number)) {
      maybe_.insert(number);
    }
    if (health == Store::Health::broken)
      open();
    else
      check();
  }

  /// Between what was acknowledged and what may have been written; once shown, never gone again.
  void check() {
    const core::Totals totals = board_->read(core::hour_of(core::Timestamp{kNow}))->totals;
    ASSERT_GE(totals.clicks, acknowledged_.size());
    ASSERT_LE(totals.clicks, acknowledged_.size() + maybe_.size());
    ASSERT_GE(totals.clicks, shown_);
    shown_ = totals.clicks;
    ASSERT_LE(totals.unique_users, 50U);
    if (!maybe_.empty())
      return;
    std::set<int> users;
    for (const int number : acknowledged_)
      users.insert(number % 50);
    ASSERT_EQ(totals.unique_users, users.size());
  }

  std::mt19937_64 random_;
  SimulatedFileSystem files_;
  ManualClock clock_{kNow};
  RecordingLog log_;
  NoOrigin origin_;
  EngineCounters counters_;
  StoreSettings settings_;
  std::unique_ptr<TotalsBoard> board_;
  std::unique_ptr<Store> store_;
  std::size_t next_ = 0;
  std::set<int> acknowledged_;
  std::set<int> maybe_;
  std::uint64_t shown_ = 0;
};

TEST(StorePowerCut, LosesNothingAndInventsNothing) {
  const std::uint64_t first = base::test_seed();
  for (std::uint64_t seed = first; seed < first + kSeeds; ++seed) {
    SCOPED_TRACE("HOURGLASS_TEST_SEED=" + std::to_string(seed));
    History(seed).run();
    if (HasFailure())
      return;
  }
}

}  // namespace
}  // namespace hourglass::engine
