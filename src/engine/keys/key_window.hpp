#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/keys/key_run.hpp"
#include "engine/moment.hpp"
#include "engine/runs/background_work.hpp"
#include "engine/runs/run_folder.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

struct KeyWindowSettings {
  std::chrono::milliseconds window{std::chrono::hours{24}};
  std::size_t keys_in_memory = 1'000'000;  // of each of two tables, about 45 bytes a key
};

/// Which idempotency keys occurred within the window. The newest occurrences are in a table in memory; a full
/// table becomes a sorted file (a run) in the background, and runs are merged so that few have to be
/// searched. Memory is bounded however many keys the window holds, and after a restart only the log behind
/// the newest run has to be read for keys.
///
/// Belongs to the writer; its own background work touches only what never changes.
class KeyWindow {
 public:
  /// Opens the runs in the folder and clears away what is unfinished or superseded.
  static StoreResult<std::unique_ptr<KeyWindow>> open(FileSystem& files, std::filesystem::path directory,
                                                      const StoreIdentity& identity,
                                                      KeyWindowSettings settings, const Executors& executors);

  /// Whether the key occurred less than a window before `now`, a time on the clock of the windows.
  [[nodiscard]] StoreResult<bool> occurred(const core::Hash128& key, core::Timestamp now) const;

  /// Takes note of an occurrence that the log holds.
  void record(const core::Hash128& key, core::Timestamp now);

  /// Called when everything up to a record of the log has been noted: moves full tables to disk, takes in the
  /// results of background work, forgets what lies outside the window. Fails if a file could not be written;
  /// nothing is forgotten then, and calls some seconds later try again.
  StoreResult<void> advance(RecordNumber noted, const Moment& now);

  /// Lets the next advance() move what is in memory to disk although it is not full, so that the log need not
  /// be kept for it.
  void request_spill() { spill_requested_ = true; }

  /// Whether the table in memory has grown past its bound and could not be moved to disk.
  [[nodiscard]] bool is_full() const;

  /// The last record whose occurrences the runs hold; the log need not be read for keys up to it.
  [[nodiscard]] RecordNumber covered() const { return runs_.covered(); }

  [[nodiscard]] std::uint64_t keys_in_memory() const {
    return recent_.size() + (frozen_ ? frozen_->size() : 0);
  }
  [[nodiscard]] std::uint64_t bytes_on_disk() const { return runs_.bytes_on_disk(); }
  [[nodiscard]] const RunFolder<KeyRun>& runs() const { return runs_; }

 private:
  struct AsItIs {
    using is_avalanching = void;
    std::size_t operator()(const core::Hash128& hash) const noexcept { return hash.high; }
  };
  using Table = boost::unordered_flat_map<core::Hash128, core::Timestamp, AsItIs>;
  using Run = std::shared_ptr<const KeyRun>;

  KeyWindow(FileSystem& files, std::filesystem::path directory, const StoreIdentity& identity,
            KeyWindowSettings settings, const Executors& executors, RunFolder<KeyRun> runs);

  bool is_inside(core::Timestamp last, core::Timestamp now) const;
  StoreResult<void> take_results();
  void begin_spill(RecordNumber noted, core::Timestamp now);
  void begin_merge(core::Timestamp now);
  StoreResult<void> drop_expired(core::Timestamp now);

  FileSystem& files_;
  const std::filesystem::path directory_;
  const StoreIdentity identity_;
  const KeyWindowSettings settings_;

  Table recent_;
  std::shared_ptr<const Table> frozen_;  // being written, or waiting for another attempt
  RecordRange frozen_range_;
  bool spill_requested_ = false;
  RunFolder<KeyRun> runs_;
  RecordRange merging_;
  std::chrono::milliseconds retry_at_{0};  // no new work before this, after a failure
  BackgroundWork<Run> spill_;
  BackgroundWork<Run> merge_;  // both last: their ends wait for work that uses the others
};

/// Merges neighbouring runs, oldest first, into one: of each key the newest occurrence, unless that has left
/// the window already.
StoreResult<std::shared_ptr<const KeyRun>> merge_key_runs(
    FileSystem& files, const std::filesystem::path& directory, const StoreIdentity& identity,
    const std::vector<std::shared_ptr<const KeyRun>>& runs, std::chrono::milliseconds window,
    core::Timestamp now);

}  // namespace hourglass::engine
