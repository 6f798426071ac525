#include "cluster/worker/log_comparison.hpp"

namespace hourglass::cluster {

StoreResult<LogMatch> compare_with_log(const StorePosition& position, PartitionLog& log) {
  const auto range = log.range();
  if (!range)
    return base::unexpected(range.error());
  if (position.next > range->end)
    return LogMatch::other;
  if (position.next < range->first)
    return LogMatch::behind;
  if (!position.last || position.last->offset < range->first)
    return LogMatch::same;
  const auto record = log.record_at(position.last->offset);
  if (!record)
    return base::unexpected(record.error());
  if (*record && (*record)->event && (*record)->event->identity == position.last->identity)
    return LogMatch::same;
  // Retention may have taken it away just now.
  const auto range_now = log.range();
  if (!range_now)
    return base::unexpected(range_now.error());
  return position.last->offset < range_now->first ? LogMatch::same : LogMatch::other;
}

}  // namespace hourglass::cluster
