#include "cluster/testing/simulation/partition_history.hpp"

#include <algorithm>

namespace hourglass::cluster::simulation {

void PartitionHistory::append(LogTime time, const CountedEvent& event, Intention intention) {
  const Offset offset = end();
  entries_.push_back({Record{offset, time, event}, time});
  if (!intentions_.emplace(intention, offset).second) {
    ++repetitions_;
    return;
  }
  count(hour_period(event.hour), event, offset);
  count(day_period(event.hour), event, offset);
}

void PartitionHistory::append_foreign(LogTime time) {
  entries_.push_back({Record{end(), time, std::nullopt}, time});
}

void PartitionHistory::append_marker(LogTime time) {
  entries_.push_back({std::nullopt, time});
}

void PartitionHistory::count(Period period, const CountedEvent& event, Offset offset) {
  PeriodHistory& history = periods_[period];
  core::Totals totals = history.steps.empty() ? core::Totals{} : history.steps.back().totals;
  (event.kind == core::Kind::click ? totals.clicks : totals.impressions) += 1;
  if (std::find(history.users.begin(), history.users.end(), event.user) == history.users.end()) {
    history.users.push_back(event.user);
    totals.unique_users += 1;
  }
  history.steps.push_back({Offset{offset.value() + 1}, totals});
}

void PartitionHistory::forget(LogTime older_than, Offset limit) {
  while (first_ < std::min(limit, end()).value() &&
         entries_[static_cast<std::size_t>(first_)].time < older_than)
    ++first_;
}

core::Totals PartitionHistory::totals(Period period, Offset next) const {
  const auto history = periods_.find(period);
  if (history == periods_.end())
    return {};
  const auto& steps = history->second.steps;
  const auto behind = std::upper_bound(steps.begin(), steps.end(), next,
                                       [](Offset limit, const Step& step) { return limit < step.next; });
  return behind == steps.begin() ? core::Totals{} : std::prev(behind)->totals;
}

std::vector<Period> PartitionHistory::periods() const {
  std::vector<Period> periods;
  for (const auto& [period, history] : periods_)
    periods.push_back(period);
  return periods;
}

std::optional<Offset> PartitionHistory::first_of(Intention intention) const {
  const auto found = intentions_.find(intention);
  return found == intentions_.end() ? std::nullopt : std::optional(found->second);
}

std::string text_of(const core::Totals& totals) {
  return std::to_string(totals.unique_users) + " users, " + std::to_string(totals.clicks) + " clicks, " +
         std::to_string(totals.impressions) + " impressions";
}

bool exceeds(const core::Totals& one, const core::Totals& other) {
  return one.unique_users > other.unique_users || one.clicks > other.clicks ||
         one.impressions > other.impressions;
}

}  // namespace hourglass::cluster::simulation
