#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/store.hpp"
#include "engine/testing/deferred_work.hpp"
#include "engine/testing/manual_clock.hpp"
#include "engine/testing/plain_store.hpp"
#include "engine/testing/recording_log.hpp"
#include "engine/testing/simulated_file_system.hpp"

namespace hourglass::engine {

/// The store did not keep a promise.
class BrokenPromise : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What may stand between a store and the machine; nothing for the machine itself. A new one for each
/// process.
struct Machine {
  std::function<std::unique_ptr<FileSystem>(FileSystem&, const StoreIdentity&)> files;
  std::function<std::unique_ptr<ports::Clock>(const ports::Clock&)> clock;
};

/// A store on a simulated disk beside a PlainStore: whatever is done, the two are compared, and a difference
/// is thrown as BrokenPromise. One thread.
class CheckedStore final : public ports::SubmissionOrigin {
 public:
  CheckedStore(StoreSettings settings, Machine machine, std::uint64_t seed);
  ~CheckedStore() override;
  CheckedStore(const CheckedStore&) = delete;
  CheckedStore& operator=(const CheckedStore&) = delete;

  void finished(std::vector<std::unique_ptr<ports::Submission>>) override {}

  [[nodiscard]] ManualClock& clock() { return clock_; }
  [[nodiscard]] DeferredWork& work() { return work_; }
  [[nodiscard]] const PlainStore& plain() const { return plain_; }
  [[nodiscard]] bool is_open() const { return store_ != nullptr; }
  [[nodiscard]] std::uint64_t calls() const { return files_.calls(); }

  /// Faults last until the end of the next thing that the store does, or until end_faults() where they are
  /// said to be lasting. Numbers count from the next call on.
  void fail_call(std::uint64_t number, int error_number);
  void fail_read(std::uint64_t number);
  void fail_from(std::uint64_t number);
  void make_faults_last() { faults_last_ = true; }
  void end_faults();

  enum class Disk { roomy, below_reserve, full };
  void set_disk(Disk disk);

  /// Opens the store. False if a fault kept it from that.
  bool open();

  /// Commits. Afterwards the store may have to be opened again: is_open() says so.
  void commit(std::vector<PlainSubmission> submissions);

  void tick();

  /// Runs one piece of background work, or all.
  void run_background(DeferredWork::Lane lane);
  void run_background();

  /// The three ways in which a store ends. Whoever reads goes on reading what was published, but of a process
  /// that has ended nothing is left.
  void close();
  void kill();
  void cut_power();

  void check_hour(core::Hour hour) const;
  void check_all_hours() const;
  void check_kept_events() const;

  /// Lets time pass with nothing in the way, and checks that everything has come to rest: hours are sealed,
  /// the log is cut, memory and kept events are within their bounds.
  void settle();

 private:
  [[nodiscard]] core::WindowClock::Reading reading() const { return {clock_.now(), clock_.elapsed()}; }
  [[nodiscard]] bool is_disturbed() const { return disturbed_ || disk_ != Disk::roomy; }
  [[nodiscard]] std::vector<QueuedSubmission> queue(const std::vector<PlainSubmission>& submissions);
  void end_brief_faults();
  void keep_writer_from_waiting();
  void do_meanwhile();
  void judge(const std::vector<QueuedSubmission>& queued, const std::vector<PlainSubmission>& submissions,
             const PlainStore::Span& now, Store::Health health);
  void check_refusal(const base::Error& failure) const;
  void resolve_unknown();
  void check_memory() const;
  void check_at_rest() const;
  void lose_store(bool process_ends);

  const StoreSettings settings_;
  const Machine machine_;
  std::mt19937_64 random_;
  SimulatedFileSystem files_;
  ManualClock clock_;
  RecordingLog log_;
  DeferredWork work_;
  StoreIdentity identity_;
  PlainStore plain_;

  std::vector<std::unique_ptr<FileSystem>> file_systems_;  // of all processes: the board reads through them
  std::vector<std::unique_ptr<ports::Clock>> clocks_;
  std::unique_ptr<TotalsBoard> board_ = std::make_unique<TotalsBoard>();
  EngineCounters counters_;
  std::unique_ptr<Store> store_;

  bool faults_armed_ = false;
  bool faults_last_ = false;
  bool disturbed_ = false;  // something failed since the store last came to rest
  Disk disk_ = Disk::roomy;
  bool inside_store_ = false;
  std::optional<PlainStore::Commit> unknown_;  // may have happened; the next opening shows it

  // What was gained at most since background work has been waiting to write what was gained before.
  std::set<core::Hour> gained_hours_;
  std::uint64_t gained_events_ = 0;
  std::uint64_t largest_commit_ = 0;  // in events
};

}  // namespace hourglass::engine
