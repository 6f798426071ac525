#include "cluster/reading/ends_history.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cluster {

bool reaches(const std::vector<Offset>& offsets, const std::vector<Offset>& others) {
  return std::equal(others.begin(), others.end(), offsets.begin(), offsets.end(),
                    [](Offset other, Offset offset) { return other <= offset; });
}

bool EndsHistory::add(std::chrono::nanoseconds asked, std::vector<Offset> ends) {
  if (!entries_.empty() && !reaches(ends, entries_.back().ends))
    return false;
  entries_.push_back({asked, std::move(ends)});
  if (entries_.size() > kMostEntries)
    thin_out();
  return true;
}

/// Every second one of the older half goes, so that what is left reaches further back each time.
void EndsHistory::thin_out() {
  std::deque<Entry> kept;
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    if (index >= kMostEntries / 2 || index % 2 == 0)
      kept.push_back(std::move(entries_[index]));
  }
  entries_ = std::move(kept);
}

std::optional<std::chrono::milliseconds> EndsHistory::lag(const std::vector<Offset>& next,
                                                          std::chrono::nanoseconds now) const {
  const auto holds = [&](const Entry& entry) { return reaches(next, entry.ends); };
  // Ends only grow, so what holds for an entry holds for those before it.
  const auto newest = std::find_if(entries_.rbegin(), entries_.rend(), holds);
  if (newest == entries_.rend())
    return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(now - newest->asked);
}

}  // namespace hourglass::cluster
