// One short history in which everything happens that a store does with files, once for every file operation
// in it and every way in which that can go wrong.

#include <cerrno>

#include <gtest/gtest.h>

#include "base/testing/sanitized.hpp"
#include "engine/testing/checked_store.hpp"

namespace hourglass::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

StoreSettings small() {
  StoreSettings settings;
  settings.log = {2048, 1024};
  settings.spill_bytes = 1200;
  settings.keys = {hours{2}, 6};
  settings.hours.unsaved_bytes = 1500;
  settings.hours.memory_bytes = 4000;
  settings.hours.rest = minutes{1};
  settings.retention.age = hours{6};
  return settings;
}

/// The history: events of the present hour and late ones, known users and new ones, keys that come again
/// inside and outside their window. Between its steps hours pass. A store that broke is opened again.
class FaultHistory {
 public:
  explicit FaultHistory(std::uint64_t seed) : store_(small(), {}, seed) {}

  CheckedStore& store() { return store_; }

  void begin() {
    open();
    begin_ = store_.calls();
  }

  /// Goes on to the end, or until a step has ended with so many calls made.
  void run(std::uint64_t stop_at = ~0ULL) {
    while (step_ < kSteps && calls() < stop_at) {
      if (!store_.is_open())
        open();
      take_step(step_++);
    }
    if (!store_.is_open() && calls() < stop_at)
      open();
  }

  void open() { ASSERT_TRUE(store_.open() || store_.open()); }

  [[nodiscard]] std::uint64_t calls() const { return store_.calls() - begin_; }

  static constexpr std::uint32_t kSteps = 24;

 private:
  void take_step(std::uint32_t step) {
    const std::uint64_t now = store_.clock().now().value();
    PlainSubmission current;
    for (std::uint32_t i = 0; i < 8; ++i)
      current.push_back({now - i * 1000, step * 3 + i, core::Kind::click, step / 2 * 10 + i % 4});
    const PlainEvent late{now - (step % 5) * 7 * core::kMillisecondsPerHour, step % 4, core::Kind::impression,
                          std::nullopt};
    store_.commit({current, {late}});
    store_.clock().pass(step % 3 == 2 ? std::chrono::milliseconds{minutes{59}}
                                      : std::chrono::milliseconds{seconds{20}});
    if (store_.is_open())
      store_.tick();
  }

  CheckedStore store_;
  std::uint64_t begin_ = 0;
  std::uint32_t step_ = 0;
};

constexpr std::uint64_t kStep = base::kSanitized ? 7 : 1;

std::uint64_t number_of_calls() {
  FaultHistory history(1);
  history.begin();
  history.run();
  history.store().settle();
  return history.calls();
}

TEST(StoreFault, EveryFileOperationMayFail) {
  const std::uint64_t calls = number_of_calls();
  ASSERT_GT(calls, 150U);
  for (const int error : {EIO, ENOSPC}) {
    for (std::uint64_t number = 1; number <= calls; number += kStep) {
      SCOPED_TRACE("operation " + std::to_string(number) + " fails with " + std::to_string(error));
      try {
        FaultHistory history(1);
        history.begin();
        history.store().fail_call(number, error);
        history.store().make_faults_last();
        history.run();
        history.store().settle();
        history.store().cut_power();
        history.open();
        history.store().settle();
      } catch (const BrokenPromise& broken) {
        FAIL() << broken.what();
      }
    }
  }
}

TEST(StoreFault, PowerMayBeCutBehindEveryFileOperation) {
  const std::uint64_t calls = number_of_calls();
  for (std::uint64_t number = 1; number <= calls; number += kStep) {
    for (std::uint64_t outcome = 1; outcome <= 3; ++outcome) {
      SCOPED_TRACE("power is cut behind operation " + std::to_string(number) + ", outcome " +
                   std::to_string(outcome));
      try {
        FaultHistory history(outcome);
        history.begin();
        history.store().fail_from(number + 1);
        history.store().make_faults_last();
        history.run(number + 1);
        history.store().cut_power();
        history.open();
        history.run(history.calls() + 20);
        history.store().cut_power();
        history.open();
        history.run();
        history.store().settle();
      } catch (const BrokenPromise& broken) {
        FAIL() << broken.what();
      }
    }
  }
}

/// Opens a store in a directory that is perhaps still empty.
StoreResult<std::unique_ptr<Store>> open_store(SimulatedFileSystem& files) {
  static const ManualClock clock(1'700'000'000'000);
  static RecordingLog log;
  static EngineCounters counters;
  static TotalsBoard board;
  const Executor at_once = [](const std::function<void()>& work) { work(); };
  StoreSettings settings = small();
  settings.directory = "/data";
  return Store::open(settings, {files, clock, log, {at_once, at_once}, board, counters},
                     [] { return false; });
}

TEST(StoreFault, MakingAStoreMayBeCutShortAnywhere) {
  SimulatedFileSystem whole;
  ASSERT_TRUE(open_store(whole));
  for (std::uint64_t number = 1; number <= whole.calls(); ++number) {
    for (std::uint64_t outcome = 0; outcome < 20; ++outcome) {
      SCOPED_TRACE("operation " + std::to_string(number) + ", outcome " + std::to_string(outcome));
      std::mt19937_64 random(outcome);
      SimulatedFileSystem files;
      files.fail_from(number, EIO);
      ASSERT_FALSE(open_store(files));
      files.fail_from(0, 0);
      if (outcome % 2 == 0)
        files.cut_power(random);
      const auto opened = open_store(files);
      ASSERT_TRUE(opened) << opened.error().message;
      const StoreIdentity identity = (*opened)->identity();
      files.cut_power(random);
      const auto again = open_store(files);
      ASSERT_TRUE(again) << again.error().message;
      ASSERT_EQ((*again)->identity().id, identity.id) << "what was opened once stays";
    }
  }
}

}  // namespace
}  // namespace hourglass::engine
