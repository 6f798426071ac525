#include "cli/send/send_run.hpp"

#include <system_error>

namespace hourglass::cli {
namespace {

/// A server that comes and goes is told of so often.
constexpr std::chrono::seconds kBetweenTroubles{10};

}  // namespace

std::filesystem::path position_of(const SendOptions& options) {
  return options.position.value_or(options.inputs.front() + ".hourglass-position");
}

std::filesystem::path temporary_directory() {
  std::error_code none;  // the counter says what is wrong with the directory, should it need one
  return std::filesystem::temp_directory_path(none);
}

bool SendRun::is_stopped() const {
  return wait_readable(-1, stop, std::chrono::milliseconds{0}) == Readiness::stopped;
}

void SendRun::show() {
  const std::string trouble = delivery.trouble();
  const auto now = std::chrono::steady_clock::now();
  if (!trouble.empty() && trouble != told_trouble && now - told_at >= kBetweenTroubles) {
    notice(trouble + "; trying again");
    told_trouble = trouble;
    told_at = now;
  }
  // A service that follows for months has no use for its progress in its log.
  if (progress.is_due() && (progress.is_terminal() || !options.follow))
    progress.show({input, sending.summary().lines, bytes_read, bytes_total, progress.took(), trouble});
}

void SendRun::notice(const std::string& sentence) const {
  progress.clear();
  notices << "hourglass: " << sentence << "\n" << std::flush;
}

}  // namespace hourglass::cli
