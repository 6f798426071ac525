#include "cluster/reading/log_barrier.hpp"

namespace hourglass::cluster {

StoreResult<std::vector<Offset>> LogBarrier::ends(std::chrono::milliseconds time_limit) {
  const RecordBytes marker = marker_record();
  std::uint64_t round = 0;
  {
    const std::lock_guard lock(mutex_);
    round = ++round_;
    missing_ = marked_.size();
    has_failed_ = false;
  }
  for (std::uint32_t index = 0; index < marked_.size(); ++index) {
    if (!producer_->produce(Partition{index}, marker, round))
      return store_fault(Remedy::retry, "Kafka takes no markers at the moment");
  }
  std::unique_lock lock(mutex_);
  const bool is_complete = changed_.wait_for(lock, time_limit, [this] { return missing_ == 0; });
  if (!is_complete || has_failed_)
    return store_fault(Remedy::retry, "Kafka has not confirmed the end of the log in time");
  return marked_;
}

void LogBarrier::delivered(std::uint64_t token, Partition partition, Delivery delivery,
                           std::optional<Offset> offset) {
  const std::lock_guard lock(mutex_);
  if (token != round_)
    return;
  --missing_;
  if (delivery == Delivery::persisted && offset)
    marked_[partition.value()] = Offset{offset->value() + 1};
  else
    has_failed_ = true;
}

}  // namespace hourglass::cluster
