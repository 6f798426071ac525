#pragma once

#include <chrono>

#include "core/hour.hpp"

namespace hourglass::engine {

/// A moment as the store sees it. What windows, hours and retention mean goes by `log_time`, which stands
/// still while the wall clock is behind it; what is paced or tried again goes by `elapsed`, which never does.
struct Moment {
  core::Timestamp log_time;
  std::chrono::milliseconds elapsed{0};
};

}  // namespace hourglass::engine
