#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/histogram.hpp"
#include "ports/metrics.hpp"

namespace hourglass::engine {

/// What the commit thread counts about itself. It alone writes; any thread reads.
struct EngineCounters {
  std::atomic<std::uint64_t> clicks{0};
  std::atomic<std::uint64_t> impressions{0};
  std::atomic<std::uint64_t> duplicates{0};
  std::atomic<std::uint64_t> failed_commits{0};
  base::DurationHistogram commit_seconds;

  std::atomic<std::uint64_t> hours_in_memory{0};
  std::atomic<std::uint64_t> users_in_memory{0};
  std::atomic<std::uint64_t> keys_in_memory{0};
  std::atomic<std::uint64_t> hour_memory_bytes{0};
  std::atomic<std::uint64_t> log_bytes{0};
  std::atomic<std::uint64_t> key_bytes{0};
  std::atomic<std::uint64_t> hour_bytes{0};
  std::atomic<std::uint64_t> event_bytes{0};
  std::atomic<double> seconds_until_full{std::numeric_limits<double>::infinity()};
  std::atomic<std::uint64_t> scrubbed_bytes{0};
  std::atomic<std::uint64_t> damages_found{0};

  [[nodiscard]] std::vector<ports::MetricFamily> metrics(std::uint64_t queued_events) const;
};

}  // namespace hourglass::engine
