#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/testing/scratch_directory.hpp"
#include "cli/input/followed_log.hpp"

namespace hourglass::cli {

/// Follows the log `log` of a directory as a command does that sends it: counts what it is given, sends what
/// is not replayed, and keeps the position when it is told to. What was sent are ids: `text#N`, N the number
/// of equal lines before.
class LogSender {
 public:
  explicit LogSender(const base::ScratchDirectory& scratch) : scratch_(&scratch) {}

  /// Begins to follow, or begins again after stop(). Gives the failure.
  std::string start();

  /// Ends it as a kill does: what was sent and not kept is sent again.
  void kill() { log_.reset(); }

  /// Takes `most` lines that are there, or all. Gives the failure.
  std::string take(std::size_t most = 1'000'000);

  /// All that was taken is acknowledged.
  std::string keep();

  [[nodiscard]] FollowedLog& log() { return *log_; }
  [[nodiscard]] bool is_running() const { return log_.has_value(); }

  std::chrono::milliseconds grace{0};
  std::vector<std::string> given;   // texts, since the last start; replayed ones and cut ones are marked
  std::multiset<std::string> sent;  // ids
  std::vector<std::string> notices;

 private:
  const base::ScratchDirectory* scratch_;
  std::optional<FollowedLog> log_;
  std::optional<LinePlace> last_;
};

}  // namespace hourglass::cli
