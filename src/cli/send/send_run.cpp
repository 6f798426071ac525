#include "cli/send/send_run.hpp"

namespace hourglass::cli {

bool SendRun::is_stopped() const {
  return wait_readable(-1, stop, std::chrono::milliseconds{0}) == Readiness::stopped;
}

void SendRun::show(const std::string& input, std::uint64_t bytes_read, std::uint64_t bytes_total) const {
  if (progress.is_due())
    progress.show(
        {input, sending.summary().lines, bytes_read, bytes_total, progress.took(), delivery.trouble()});
}

void SendRun::notice(const std::string& sentence) const {
  progress.clear();
  notices << "hourglass: " << sentence << "\n" << std::flush;
}

}  // namespace hourglass::cli
