#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "ports/event_export.hpp"
#include "ports/event_store.hpp"

namespace hourglass::http {

/// An event store in memory that tests can read, make fail and make wait. Commits at once unless told to
/// hold.
class MemoryStore final : public ports::EventStore, public ports::EventExporter {
 public:
  base::Result<void> submit(std::unique_ptr<ports::Submission>& submission) override;
  [[nodiscard]] base::Result<ports::HourReading> read(core::Hour hour) const override;
  [[nodiscard]] core::Hour first_open_hour() const override { return first_open_hour_; }
  [[nodiscard]] ports::StoreState state() const override;

  base::Result<std::unique_ptr<ports::EventExport>> begin_export(core::HourRange hours,
                                                                 std::function<bool()> cancelled) override;

  /// Counts events, as a commit does.
  void record(const std::vector<core::Event>& events);

  void set_condition(ports::StoreCondition condition);
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

 private:
  struct Hour {
    std::set<std::string> users;
    core::Totals totals;
    std::vector<std::string> lines;
  };

  void commit(std::unique_ptr<ports::Submission> submission);

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Hour> hours_;
  std::set<std::pair<std::string, std::string>> keys_;
  std::vector<std::unique_ptr<ports::Submission>> held_;
  bool holding_ = false;
  core::Hour first_open_hour_;
  ports::StoreCondition condition_ = ports::StoreCondition::ready;
  std::optional<base::Error> refusal_;
  std::optional<base::Error> failure_;
  std::uint64_t sequence_ = 0;
  std::size_t lines_of_a_piece_ = 1'000;
  std::size_t pieces_before_failure_ = 0;
  std::optional<base::Error> export_failure_;
};

}  // namespace hourglass::http
