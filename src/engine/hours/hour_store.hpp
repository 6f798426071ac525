#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "engine/hours/hour_run.hpp"
#include "engine/hours/hour_table.hpp"
#include "engine/hours/totals_board.hpp"
#include "engine/hours/unique_users.hpp"
#include "engine/runs/background_work.hpp"
#include "engine/runs/run_folder.hpp"

namespace hourglass::engine {

struct HourStoreSettings {
  std::uint64_t memory_bytes = 1ULL << 30;  // of hours and users in memory, about
  std::uint64_t unsaved_bytes = 64 << 20;   // of what has not gone to a run; about twice that at most
  std::chrono::milliseconds rest = std::chrono::minutes{10};  // from an hour's end, or its last event, to its
                                                              // sealing
  std::uint64_t merged_bytes = 2ULL << 30;  // runs of half this size are not merged any more
};

/// The counts of all hours: what the log has brought lately in memory, all before that in runs. The current
/// hour and the one before it are kept complete in memory where they fit; an hour is sealed when only runs
/// hold it. However many hours and users there are, memory is bounded, and after a restart only the log
/// behind the newest run has to be read.
///
/// Belongs to the writer; its own background work touches only what never changes.
class HourStore {
 public:
  static StoreResult<std::unique_ptr<HourStore>> open(FileSystem& files, std::filesystem::path directory,
                                                      const StoreIdentity& identity,
                                                      HourStoreSettings settings, const Executors& executors);

  /// Whether the user has not been counted in this hour yet. Takes the hour into memory, so that count()
  /// needs no disk; fails, and changes nothing, where the runs cannot tell.
  StoreResult<bool> is_new(core::Hour hour, std::uint64_t user_hash);

  /// Counts an event that the log holds. is_new() has been asked since the last advance(), or take_in()
  /// called.
  void count(core::Hour hour, core::Kind kind, std::uint64_t user_hash, bool is_new,
             std::chrono::milliseconds elapsed) {
    table_.count(hour, kind, user_hash, is_new, elapsed);
  }

  /// Takes an hour into memory, even if what the runs hold of it is damaged. Fails with `io`.
  StoreResult<void> take_in(core::Hour hour);

  /// Called when everything up to a place in the log has been counted: moves gains to runs, takes in what
  /// background work has finished, seals, and keeps memory within its bound. Fails if a file could not be
  /// written; nothing is forgotten then, and calls some seconds later try again.
  StoreResult<void> advance(const LogPosition& counted, const Moment& now);

  /// Lets the next advance() move to a run what has been gained, so that the log need not be kept for it.
  void request_spill() { spill_requested_ = true; }

  /// From now on nothing is counted in hours before `before`; when everything counted so far (up to
  /// `counted`) is in runs, their users may be removed from them. Never taken back.
  void freeze(core::Hour before, RecordNumber counted);

  /// Users of hours before this one may be gone.
  [[nodiscard]] core::Hour frozen_before() const { return frozen_before_; }

  /// The users of the hours as counted so far, for count_unique_users(). Fails with `io` or `damaged`.
  StoreResult<HourUsers> users_of(const std::vector<core::Hour>& hours) const;

  /// Takes the current hour and the one before wholly into memory, where they fit.
  StoreResult<void> keep_current_hours(core::Timestamp now);

  /// Whether what has not gone to a run has grown past its bound and could not be moved to disk.
  [[nodiscard]] bool is_full() const;

  /// How far the runs go; the log need not be read for hours up to there.
  [[nodiscard]] LogPosition covered() const;

  /// What readers have not been shown yet.
  TotalsBoard::Changes take_changes();

  [[nodiscard]] const RunFolder<HourRun>& runs() const { return runs_; }
  [[nodiscard]] const HourTable& table() const { return table_; }

 private:
  using Run = std::shared_ptr<const HourRun>;

  HourStore(FileSystem& files, std::filesystem::path directory, const StoreIdentity& identity,
            HourStoreSettings settings, const Executors& executors, RunFolder<HourRun> runs);

  StoreResult<void> take_results();
  void adopt(Run run);
  void begin_spill(const LogPosition& counted);
  void begin_merge();
  [[nodiscard]] HourRuns run_to_thin_out() const;
  StoreResult<void> look_after_hours(const Moment& now);
  StoreResult<void> complete(core::Hour hour);
  [[nodiscard]] bool fits(core::Hour hour) const;

  FileSystem& files_;
  const std::filesystem::path directory_;
  const StoreIdentity identity_;
  const HourStoreSettings settings_;

  HourTable table_;
  std::shared_ptr<const HourGains> gains_;  // being written, or waiting for another attempt
  LogPosition gains_end_;
  bool spill_requested_ = false;
  RunFolder<HourRun> runs_;
  bool runs_changed_ = true;
  HourRuns merging_;
  core::Hour frozen_before_;
  RecordNumber frozen_at_;                     // what has to be in runs before users are removed
  std::chrono::milliseconds retry_at_{0};      // no new work before this, after a failure
  std::chrono::milliseconds look_next_at_{0};  // when look_after_hours() is due
  BackgroundWork<Run> spill_;
  BackgroundWork<Run> merge_;  // both last: their ends wait for work that uses the others
};

}  // namespace hourglass::engine
