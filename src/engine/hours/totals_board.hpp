#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/hour.hpp"
#include "core/totals.hpp"
#include "engine/hours/hour_run.hpp"
#include "ports/event_store.hpp"

namespace hourglass::engine {

/// The totals of every hour as readers see them: of the hours in memory as they are, of the others from the
/// runs. One writer publishes whole commits; any number of threads read, and see all of a commit or nothing
/// of it.
class TotalsBoard {
 public:
  struct Entry {
    std::optional<core::Totals> totals;  // nothing if what the runs hold of the hour is damaged
    ports::Source source = ports::Source::hot;
  };

  struct Changes {
    std::vector<std::pair<core::Hour, Entry>> entries;
    std::vector<core::Hour> removed;       // come before the entries; from now on the runs answer for them
    std::shared_ptr<const HourRuns> runs;  // nothing if they are the same as before
    bool is_first = false;                 // of a store: what an earlier one has published is void
    core::Hour first_open_hour;            // the hours before it are frozen
  };

  /// Zeros for an hour without events. Fails with `damaged` or `io`.
  [[nodiscard]] StoreResult<ports::HourReading> read(core::Hour hour) const {
    std::shared_ptr<const HourRuns> runs;
    {
      const std::shared_lock lock(mutex_);
      if (const auto found = entries_.find(hour.value()); found != entries_.end())
        return reading_of(hour, found->second);
      runs = runs_;
    }
    const auto totals = totals_of(*runs, hour);
    if (!totals)
      return base::unexpected(totals.error());
    return ports::HourReading{*totals, *totals == core::Totals{} ? ports::Source::hot : ports::Source::cold};
  }

  [[nodiscard]] core::Hour first_open_hour() const {
    return core::Hour{first_open_hour_.load(std::memory_order_relaxed)};
  }

  void publish(const Changes& changes) {
    const std::lock_guard lock(mutex_);
    if (changes.is_first)
      entries_.clear();
    first_open_hour_.store(changes.first_open_hour.value(), std::memory_order_relaxed);
    for (const core::Hour hour : changes.removed)
      entries_.erase(hour.value());
    for (const auto& [hour, entry] : changes.entries)
      entries_[hour.value()] = entry;
    if (changes.runs)
      runs_ = changes.runs;
  }

 private:
  static StoreResult<ports::HourReading> reading_of(core::Hour hour, const Entry& entry) {
    if (!entry.totals)
      return base::unexpected(StoreFailure{StoreFailure::Reason::damaged,
                                           "hour " + std::to_string(hour.value()) + " is damaged"});
    return ports::HourReading{*entry.totals, entry.source};
  }

  std::atomic<std::uint64_t> first_open_hour_{0};
  mutable std::shared_mutex mutex_;
  boost::unordered_flat_map<std::uint64_t, Entry> entries_;
  std::shared_ptr<const HourRuns> runs_ = std::make_shared<HourRuns>();
};

}  // namespace hourglass::engine
