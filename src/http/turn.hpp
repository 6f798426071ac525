#pragma once

#include <cstddef>
#include <cstdint>

namespace hourglass::http {

/// What a connection may do before the others of its thread have their turn. Counted in steps of about ten
/// nanoseconds instead of by a clock, so that the same input always takes the same turns.
class Turn {
 public:
  static constexpr std::int64_t kSteps = 10'000;

  void begin() { steps_left_ = kSteps; }
  void spend(std::size_t steps) { steps_left_ -= static_cast<std::int64_t>(steps); }
  void end() { steps_left_ = 0; }
  [[nodiscard]] bool is_over() const { return steps_left_ <= 0; }

 private:
  std::int64_t steps_left_ = kSteps;
};

}  // namespace hourglass::http
