#pragma once

#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/hour.hpp"
#include "core/totals.hpp"

namespace hourglass::engine {

/// The totals of every hour as readers see them. One writer publishes whole commits; any number of threads
/// read, and see all of a commit or nothing of it.
class TotalsBoard {
 public:
  using Changes = std::vector<std::pair<core::Hour, core::Totals>>;

  /// Zeros for an hour without events.
  [[nodiscard]] core::Totals read(core::Hour hour) const {
    const std::shared_lock lock(mutex_);
    const auto found = totals_.find(hour.value());
    return found == totals_.end() ? core::Totals{} : found->second;
  }

  /// Replaces the totals of the hours named.
  void publish(const Changes& changes) {
    const std::lock_guard lock(mutex_);
    for (const auto& [hour, totals] : changes)
      totals_[hour.value()] = totals;
  }

 private:
  mutable std::shared_mutex mutex_;
  boost::unordered_flat_map<std::uint64_t, core::Totals> totals_;
};

}  // namespace hourglass::engine
