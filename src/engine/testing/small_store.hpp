#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/store.hpp"
#include "engine/testing/manual_clock.hpp"
#include "engine/testing/recording_log.hpp"

namespace hourglass::engine {

/// A store with limits so small that a few hundred events make it write runs, merge them, write event files
/// and cut its log. Everything happens on the caller's thread.
class SmallStore {
 public:
  static constexpr std::uint64_t kNow = 1'700'000'000'000;

  SmallStore(FileSystem& files, const std::filesystem::path& directory);

  void open();
  StoreResult<void> try_open();
  void close();  // in order

  /// Commits `count` events, one a commit, of users and hours that follow from their numbers, with keys.
  void post(int count);

  [[nodiscard]] int posted() const { return posted_; }
  [[nodiscard]] const StoreIdentity& identity() const { return store_->identity(); }

  /// The totals of all hours that post() knows, added up.
  [[nodiscard]] core::Totals totals() const;

  /// The hours that post() knows, and what is shown of one of them.
  [[nodiscard]] static std::vector<core::Hour> hours();
  [[nodiscard]] StoreResult<ports::HourReading> read(core::Hour hour) const { return board_->read(hour); }

  StoreSettings settings;

 private:
  class NoOrigin final : public ports::SubmissionOrigin {
   public:
    void finished(std::vector<std::unique_ptr<ports::Submission>>) override {}
  };

  FileSystem& files_;
  ManualClock clock_{kNow};
  RecordingLog log_;
  NoOrigin origin_;
  EngineCounters counters_;
  std::unique_ptr<TotalsBoard> board_;
  std::unique_ptr<Store> store_;
  int posted_ = 0;
};

}  // namespace hourglass::engine
