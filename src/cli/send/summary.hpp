#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace hourglass::cli {

/// What became of the lines that were read.
struct Summary {
  struct Reason {
    std::uint64_t lines = 0;
    std::string why;  // of the first of them
  };

  std::uint64_t lines = 0;
  std::uint64_t accepted = 0;
  std::uint64_t left_out = 0;
  std::map<std::string, Reason> refused;  // by code
  std::optional<std::chrono::seconds> idempotency_window;

  void refuse(const std::string& code, const std::string& why);
  [[nodiscard]] std::uint64_t refused_lines() const;

  /// Lines of which nobody has said what became of them.
  [[nodiscard]] std::uint64_t open_lines() const { return lines - accepted - left_out - refused_lines(); }

  /// The summary for people, several lines of it.
  [[nodiscard]] std::string text() const;
};

/// "24h", "30d", "90s": the largest unit that leaves a whole number.
std::string duration_text(std::chrono::seconds duration);

}  // namespace hourglass::cli
