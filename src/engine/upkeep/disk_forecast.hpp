#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace hourglass::engine {

/// When the disk will be full if the store grows on as it did during the last day or so. Pure; belongs to the
/// writer.
class DiskForecast {
 public:
  /// Takes note of how much the store takes and how much more it may; both in bytes; `elapsed` never goes
  /// back.
  void note(std::chrono::milliseconds elapsed, std::uint64_t taken, std::uint64_t free);

  /// Seconds from the last note on; infinite while it does not grow.
  [[nodiscard]] double seconds_left() const;

 private:
  std::optional<std::chrono::milliseconds> last_at_;
  std::uint64_t last_taken_ = 0;
  std::uint64_t free_ = 0;
  double bytes_per_second_ = 0;  // averaged
  bool averaged_ = false;
};

}  // namespace hourglass::engine
