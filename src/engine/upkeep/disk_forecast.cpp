#include "engine/upkeep/disk_forecast.hpp"

#include <cmath>

namespace hourglass::engine {
namespace {

/// What is averaged fades with this time: long enough to hold a day's ups and downs.
constexpr double kFadingSeconds = 24 * 3600;

/// Two notes nearer to each other than this are one: merges make the size jump for a moment.
constexpr std::chrono::seconds kShortest{10};

}  // namespace

void DiskForecast::note(std::chrono::milliseconds elapsed, std::uint64_t taken, std::uint64_t free) {
  free_ = free;
  if (last_at_ && elapsed < *last_at_ + kShortest)
    return;
  if (last_at_) {
    const double seconds = std::chrono::duration<double>(elapsed - *last_at_).count();
    const double rate = (static_cast<double>(taken) - static_cast<double>(last_taken_)) / seconds;
    const double weight = averaged_ ? 1 - std::exp(-seconds / kFadingSeconds) : 1;
    bytes_per_second_ += weight * (rate - bytes_per_second_);
    averaged_ = true;
  }
  last_at_ = elapsed;
  last_taken_ = taken;
}

double DiskForecast::seconds_left() const {
  if (bytes_per_second_ <= 0)
    return std::numeric_limits<double>::infinity();
  return static_cast<double>(free_) / bytes_per_second_;
}

}  // namespace hourglass::engine
