#include "engine/verification/log_events.hpp"

#include <algorithm>

namespace hourglass::engine {

void LogEvents::sort() {
  std::stable_sort(events_.begin(), events_.end(),
                   [](const LogEvent& left, const LogEvent& right) { return left.hour < right.hour; });
}

std::span<const LogEvent> LogEvents::front() const {
  std::size_t end = next_;
  while (end < events_.size() && events_[end].hour == events_[next_].hour)
    ++end;
  return std::span(events_).subspan(next_, end - next_);
}

}  // namespace hourglass::engine
