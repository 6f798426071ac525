#pragma once

#include <chrono>
#include <optional>

#include "base/result.hpp"
#include "core/hour.hpp"

namespace hourglass::core {

/// How far from the present the timestamp of an event may lie (`events.max_past`, `events.max_future`);
/// nothing set means for ever.
struct EventLimits {
  std::optional<std::chrono::milliseconds> max_past;
  std::optional<std::chrono::milliseconds> max_future;
  Timestamp last = kMaxTimestamp;  // that the store can name
  Hour first_open_hour{};          // the hours before it are frozen (`retention.users`)

  /// Fails with timestamp_out_of_range, or hour_frozen. `now` is the wall clock's time.
  [[nodiscard]] base::Result<void> check(Timestamp timestamp, Timestamp now) const;
};

}  // namespace hourglass::core
