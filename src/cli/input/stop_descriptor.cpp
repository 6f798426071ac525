#include "cli/input/stop_descriptor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>

namespace hourglass::cli {

Readiness wait_readable(int descriptor, StopDescriptor stop, std::optional<std::chrono::milliseconds> wait) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + wait.value_or(std::chrono::milliseconds{0});
  std::array<pollfd, 2> watched{pollfd{stop.number, POLLIN, 0}, pollfd{descriptor, POLLIN, 0}};
  for (;;) {
    int left = -1;
    if (wait) {
      const auto until = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      left = static_cast<int>(std::clamp<decltype(until)>(until, 0, 60'000));
    }
    const int ready = ::poll(watched.data(), watched.size(), left);
    if (ready < 0 && errno != EINTR)
      return Readiness::readable;
    if (ready > 0)
      return watched[0].revents != 0 ? Readiness::stopped : Readiness::readable;
    if (wait && Clock::now() >= deadline)
      return Readiness::timed_out;
  }
}

}  // namespace hourglass::cli
