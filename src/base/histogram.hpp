#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace hourglass::base {

/// A histogram at one moment. counts[i] observations lie in (upper_bounds[i - 1], upper_bounds[i]]; the last
/// of counts, which has one entry more, holds what lies above every bound.
struct HistogramSnapshot {
  std::vector<double> upper_bounds;
  std::vector<std::uint64_t> counts;
  double sum = 0;

  /// Adds the observations of another histogram with the same bounds.
  void add(const HistogramSnapshot& other) {
    for (std::size_t i = 0; i < counts.size(); ++i)
      counts[i] += other.counts[i];
    sum += other.sum;
  }
};

/// Counts durations in fixed buckets from 50 microseconds to 10 seconds. One thread records, any thread takes
/// snapshots.
class DurationHistogram {
 public:
  static constexpr std::array<double, 14> kUpperBoundsSeconds = {
      0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0};

  void record(double seconds) {
    const auto bucket = std::lower_bound(kUpperBoundsSeconds.begin(), kUpperBoundsSeconds.end(), seconds);
    auto& count = counts_[static_cast<std::size_t>(bucket - kUpperBoundsSeconds.begin())];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    sum_.store(sum_.load(std::memory_order_relaxed) + seconds, std::memory_order_relaxed);
  }

  [[nodiscard]] HistogramSnapshot snapshot() const {
    HistogramSnapshot result;
    result.upper_bounds.assign(kUpperBoundsSeconds.begin(), kUpperBoundsSeconds.end());
    for (const auto& count : counts_)
      result.counts.push_back(count.load(std::memory_order_relaxed));
    result.sum = sum_.load(std::memory_order_relaxed);
    return result;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kUpperBoundsSeconds.size() + 1> counts_{};
  std::atomic<double> sum_{0};
};

}  // namespace hourglass::base
