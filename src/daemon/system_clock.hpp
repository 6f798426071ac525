#pragma once

#include "ports/clock.hpp"

namespace hourglass::daemon {

/// The machine's clocks.
class SystemClock final : public ports::Clock {
 public:
  [[nodiscard]] core::Timestamp now() const override;
  [[nodiscard]] std::chrono::nanoseconds elapsed() const override;
};

}  // namespace hourglass::daemon
