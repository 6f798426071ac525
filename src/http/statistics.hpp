#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "base/histogram.hpp"
#include "http/routes.hpp"
#include "ports/metrics.hpp"

namespace hourglass::http {

/// What one thread of the server counts. It alone writes; any thread reads.
class Statistics {
 public:
  /// An answer was made, so many seconds after the head of its request was complete.
  void count_answer(RouteName route, int status, double seconds);
  void count_refusal(base::ErrorCode code) { add(refusals_[static_cast<std::size_t>(code)]); }
  void count_connection() { add(connections_accepted_); }

 private:
  friend std::vector<ports::MetricFamily> http_metrics(std::span<const Statistics* const> threads,
                                                       std::size_t open_connections);

  using Counter = std::atomic<std::uint64_t>;

  /// The statuses that the server answers with.
  static constexpr std::array<int, 14> kStatuses = {200, 204, 400, 403, 404, 405, 408,
                                                    413, 414, 415, 431, 500, 503, 504};

  static void add(Counter& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  std::array<std::array<Counter, kStatuses.size()>, kRouteNameCount> answers_{};
  std::array<base::DurationHistogram, kRouteNameCount> durations_;
  std::array<Counter, base::kErrorCodeCount> refusals_{};
  Counter connections_accepted_{0};
};

/// The metrics of all threads together.
std::vector<ports::MetricFamily> http_metrics(std::span<const Statistics* const> threads,
                                              std::size_t open_connections);

}  // namespace hourglass::http
