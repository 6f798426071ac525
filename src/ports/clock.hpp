#pragma once

#include <chrono>

#include "core/hour.hpp"

namespace hourglass::ports {

/// Where time comes from. Callable from every thread.
class Clock {
 public:
  virtual ~Clock() = default;

  /// The wall clock: may jump in either direction.
  [[nodiscard]] virtual core::Timestamp now() const = 0;

  /// Time since an arbitrary start; never goes back. For durations and deadlines.
  [[nodiscard]] virtual std::chrono::nanoseconds elapsed() const = 0;
};

}  // namespace hourglass::ports
