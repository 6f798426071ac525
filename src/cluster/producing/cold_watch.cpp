#include "cluster/producing/cold_watch.hpp"

#include <utility>

namespace hourglass::cluster {

ColdWatch::ColdWatch(std::unique_ptr<ColdReader> cold, std::unique_ptr<LogTimes> log,
                     std::optional<std::chrono::milliseconds> retention, const ports::Clock& clock)
    : cold_(std::move(cold)), log_(std::move(log)), retention_(retention), clock_(clock) {}

StoreResult<bool> ColdWatch::is_too_far_behind() {
  if (!retention_)
    return false;
  if (auto progress = cold_->progress())
    progress_ = std::move(*progress);
  const LogTime limit{static_cast<std::int64_t>(clock_.now().value()) - retention_->count() / 2};
  for (std::size_t index = 0; index < progress_.size(); ++index) {
    const auto time = log_->time_of(Partition{static_cast<std::uint32_t>(index)}, progress_[index]);
    if (!time)
      return base::unexpected(time.error());
    if (*time && **time < limit)
      return true;
  }
  return false;
}

}  // namespace hourglass::cluster
