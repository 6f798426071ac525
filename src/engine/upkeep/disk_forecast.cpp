#include "engine/upkeep/disk_forecast.hpp"

#include <cmath>

namespace hourglass::engine {
namespace {

/// What is averaged fades with this time: long enough to hold a day's ups and downs.
constexpr double kFadingSeconds = 24 * 3600;

/// Two notes nearer to each other than this are one: merges make the size jump for a moment.
constexpr std::uint64_t kShortestMilliseconds = 10'000;

}  // namespace

void DiskForecast::note(core::Timestamp now, std::uint64_t taken, std::uint64_t free) {
  free_ = free;
  if (last_at_ && now.value() < last_at_->value() + kShortestMilliseconds)
    return;
  if (last_at_) {
    const double seconds = static_cast<double>(now.value() - last_at_->value()) / 1000;
    const double rate = (static_cast<double>(taken) - static_cast<double>(last_taken_)) / seconds;
    const double weight = averaged_ ? 1 - std::exp(-seconds / kFadingSeconds) : 1;
    bytes_per_second_ += weight * (rate - bytes_per_second_);
    averaged_ = true;
  }
  last_at_ = now;
  last_taken_ = taken;
}

double DiskForecast::seconds_left() const {
  if (bytes_per_second_ <= 0)
    return std::numeric_limits<double>::infinity();
  return static_cast<double>(free_) / bytes_per_second_;
}

}  // namespace hourglass::engine
