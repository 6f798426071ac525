#include "daemon/system_clock.hpp"

namespace hourglass::daemon {

core::Timestamp SystemClock::now() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
  // A clock before 1970 is one that was never set.
  return core::Timestamp{milliseconds < 0 ? 0 : static_cast<std::uint64_t>(milliseconds)};
}

std::chrono::nanoseconds SystemClock::elapsed() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace hourglass::daemon
