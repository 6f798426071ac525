#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace hourglass::cli {

/// How far the sending is.
struct ProgressFigures {
  std::string input;  // that is being read
  std::uint64_t lines = 0;
  std::uint64_t bytes_read = 0;   // of all inputs, as they lie on the disk
  std::uint64_t bytes_total = 0;  // 0: not known
  std::chrono::milliseconds took{0};
  std::string trouble;  // why the server takes nothing at the moment; empty: it does
};

/// "access.log: 1200000 lines, 25% of 1.0 GB, 310000 lines/s, 0:12 left".
std::string progress_text(const ProgressFigures& figures);

/// Shows the progress: on a terminal in one line that is written over, else now and then in a line of its
/// own. One thread.
class Progress {
 public:
  /// `stream` outlives it.
  Progress(std::ostream& stream, bool is_terminal) : stream_(stream), is_terminal_(is_terminal) {}

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }

  /// Whether it is time to show something.
  [[nodiscard]] bool is_due() const;
  void show(const ProgressFigures& figures);

  /// Leaves the terminal to others: the line that stands there goes.
  void clear();

  [[nodiscard]] std::chrono::milliseconds took() const;

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& stream_;
  const bool is_terminal_;
  const Clock::time_point began_ = Clock::now();
  Clock::time_point shown_ = began_;
  bool stands_ = false;
};

}  // namespace hourglass::cli
