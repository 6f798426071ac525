#include "engine/export/hour_totals.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::engine {

StoreResult<void> HourTotals::seek(core::Hour hour) {
  std::vector<HourRunCursor> left;
  hour_.reset();
  events_ = 0;
  for (HourRunCursor& cursor : cursors_) {
    const auto found = begun_ && cursor.hour() >= hour ? StoreResult<bool>(true) : cursor.seek(hour);
    if (!found)
      return base::unexpected(found.error());
    if (!*found)
      continue;
    if (!hour_ || cursor.hour() < *hour_) {
      hour_ = cursor.hour();
      events_ = 0;
    }
    if (cursor.hour() == *hour_)
      events_ += cursor.totals().clicks + cursor.totals().impressions;
    left.push_back(std::move(cursor));
  }
  cursors_ = std::move(left);
  begun_ = true;
  return {};
}

}  // namespace hourglass::engine
