#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/hours/hour_run_cursor.hpp"

namespace hourglass::engine {

/// How many events runs have counted in each hour, ascending. Reads a page a run and hour. Belongs to one
/// export; one thread.
class HourTotals {
 public:
  explicit HourTotals(const HourRuns& runs) : cursors_(runs.begin(), runs.end()) {}

  /// Goes to the first hour that is not before `hour`.
  StoreResult<void> seek(core::Hour hour);

  [[nodiscard]] std::optional<core::Hour> hour() const { return hour_; }  // nothing at the end
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  std::vector<HourRunCursor> cursors_;  // those that are not at their end
  bool begun_ = false;
  std::optional<core::Hour> hour_;
  std::uint64_t events_ = 0;
};

}  // namespace hourglass::engine
