#pragma once

#include <cstdint>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/event.hpp"
#include "core/hour.hpp"
#include "core/totals.hpp"
#include "engine/totals_board.hpp"
#include "engine/user_set.hpp"

namespace hourglass::engine {

/// Counts: the totals of each hour and the set of its users behind them. Belongs to the writer.
class HourTable {
 public:
  void count(core::Hour hour, core::Kind kind, std::uint64_t user_hash) {
    HourState& state = hours_[hour.value()];
    if (!state.changed) {
      state.changed = true;
      changed_hours_.push_back(hour);
    }
    (kind == core::Kind::click ? state.totals.clicks : state.totals.impressions) += 1;
    const bool is_new = state.users.insert(user_hash);
    state.totals.unique_users += is_new ? 1 : 0;
    user_count_ += is_new ? 1 : 0;
  }

  /// The totals of the hours counted in since the last call.
  TotalsBoard::Changes take_changes() {
    TotalsBoard::Changes changes;
    changes.reserve(changed_hours_.size());
    for (const core::Hour hour : changed_hours_) {
      HourState& state = hours_[hour.value()];
      state.changed = false;
      changes.emplace_back(hour, state.totals);
    }
    changed_hours_.clear();
    return changes;
  }

  [[nodiscard]] std::uint64_t hour_count() const { return hours_.size(); }
  [[nodiscard]] std::uint64_t user_count() const { return user_count_; }  // summed over all hours

 private:
  struct HourState {
    core::Totals totals;
    bool changed = false;
    UserSet users;
  };

  boost::unordered_flat_map<std::uint64_t, HourState> hours_;
  std::vector<core::Hour> changed_hours_;
  std::uint64_t user_count_ = 0;
};

}  // namespace hourglass::engine
