#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "ports/event_export.hpp"
#include "ports/event_store.hpp"

namespace hourglass::http {

/// An event store in memory that tests can read, make fail and make wait. Commits and answers at once unless
/// told otherwise.
class MemoryStore final : public ports::EventStore, public ports::EventExporter {
 public:
  base::Result<void> submit(std::unique_ptr<ports::Submission>& submission) override;
  [[nodiscard]] std::optional<base::Result<ports::HourReading>> read_now(core::Hour hour) const override;
  void begin_read(std::unique_ptr<ports::PendingRead> read) override;
  [[nodiscard]] core::Hour first_open_hour() const override { return first_open_hour_; }
  [[nodiscard]] ports::StoreState state() const override;

  base::Result<std::unique_ptr<ports::EventExport>> begin_export(core::HourRange hours,
                                                                 std::function<bool()> cancelled) override;

  /// Counts events, as a commit does.
  void record(const std::vector<core::Event>& events);

  void set_condition(ports::StoreCondition condition);
  void set_dependencies(std::vector<ports::DependencyState> dependencies);
  void refuse_submissions(std::optional<base::Error> refusal);
  void fail_submissions(std::optional<base::Error> failure);

  void freeze_before(core::Hour hour) { first_open_hour_ = hour; }

  /// Exports give so many lines at once at the most, forget the events of an hour, or fail: after so many
  /// pieces.
  void cut_exports_into(std::size_t lines) { lines_of_a_piece_ = lines; }
  void forget_events_of(core::Hour hour);
  void fail_exports_after(std::size_t pieces, base::Error failure);

  /// Keeps submissions until release().
  void hold();
  void release();

  /// From now on has no answer at hand, but gives it when a read is begun.
  void answer_later() { answers_later_ = true; }

  /// The same, and keeps reads until release_reads().
  void hold_reads();
  void release_reads();

  /// What it says of the place of the events of every submission.
  void write_at(ports::LogMark mark);

  /// The answer to a read of this hour: its totals, unless reads are made to fail.
  [[nodiscard]] base::Result<ports::HourReading> reading_of(core::Hour hour) const;
  void fail_reads(std::optional<base::Error> failure);

  /// What the reads that were begun had to contain.
  [[nodiscard]] std::vector<ports::LogMark> marks_read() const;

 private:
  struct Hour {
    std::set<std::string> users;
    core::Totals totals;
    std::vector<std::string> lines;
  };

  void commit(std::unique_ptr<ports::Submission> submission);
  void answer(std::vector<std::unique_ptr<ports::PendingRead>> reads);

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Hour> hours_;
  std::set<std::pair<std::string, std::string>> keys_;
  std::vector<std::unique_ptr<ports::Submission>> held_;
  bool holding_ = false;
  std::atomic<bool> answers_later_{false};
  bool holding_reads_ = false;
  std::vector<std::unique_ptr<ports::PendingRead>> held_reads_;
  std::vector<ports::LogMark> marks_read_;
  std::optional<base::Error> read_failure_;
  ports::LogMark mark_;
  core::Hour first_open_hour_;
  ports::StoreCondition condition_ = ports::StoreCondition::ready;
  std::vector<ports::DependencyState> dependencies_;
  std::optional<base::Error> refusal_;
  std::optional<base::Error> failure_;
  std::uint64_t sequence_ = 0;
  std::size_t lines_of_a_piece_ = 1'000;
  std::size_t pieces_before_failure_ = 0;
  std::optional<base::Error> export_failure_;
};

}  // namespace hourglass::http
