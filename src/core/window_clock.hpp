#pragma once

#include <chrono>
#include <optional>

#include "core/hour.hpp"

namespace hourglass::core {

/// The clock by which idempotency windows expire. It follows the wall clock but never goes back, and it does
/// not follow a jump forward of more than an hour until the jump has lasted for a minute: a clock that is
/// wrong for a moment expires nothing. While it waits it goes on as fast as time passes. A pure state
/// machine; belongs to the writer.
class WindowClock {
 public:
  /// What both clocks of the machine show at one moment. `elapsed` never goes back.
  struct Reading {
    Timestamp now;
    std::chrono::nanoseconds elapsed;
  };

  struct Advance {
    Timestamp log_time;
    bool jump_began = false;  // true for the first reading of a jump, for a line in the log
  };

  /// `stored`: where the clock stood when the store was last written; 0 for a new store.
  explicit WindowClock(Timestamp stored) : log_time_(stored) {}

  /// Readings come in the order in which they were taken.
  Advance advance(Reading reading);

  [[nodiscard]] Timestamp log_time() const { return log_time_; }

 private:
  /// Whether a reading shows the time that the wall clock jumped to, as it goes on.
  [[nodiscard]] bool confirms_jump(const Reading& reading) const;

  static constexpr std::chrono::milliseconds kLargestStep = std::chrono::hours{1};
  static constexpr std::chrono::nanoseconds kConfirmation = std::chrono::minutes{1};

  Timestamp log_time_;
  std::optional<std::chrono::nanoseconds> last_elapsed_;  // of the last reading; none before the first
  std::optional<Reading> jump_;  // its first reading, while it waits for its confirmation
};

}  // namespace hourglass::core
