#pragma once

#include <atomic>

#include "ports/clock.hpp"

namespace hourglass::engine {

/// Time that passes when a test says so.
class ManualClock final : public ports::Clock {
 public:
  explicit ManualClock(std::uint64_t start) : now_(start) {}

  [[nodiscard]] core::Timestamp now() const override { return core::Timestamp{now_}; }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const override {
    return std::chrono::milliseconds{elapsed_};
  }

  /// Both clocks go on.
  void pass(std::chrono::milliseconds duration) {
    now_ += static_cast<std::uint64_t>(duration.count());
    elapsed_ += duration.count();
  }

  /// Only the wall clock changes.
  void jump_to(std::uint64_t now) { now_ = now; }

 private:
  std::atomic<std::uint64_t> now_;
  std::atomic<std::int64_t> elapsed_{0};
};

}  // namespace hourglass::engine
