#include "core/window_clock.hpp"

#include <algorithm>

namespace hourglass::core {

namespace {

std::chrono::milliseconds whole_milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

std::chrono::milliseconds since_epoch(Timestamp timestamp) {
  return std::chrono::milliseconds{timestamp.value()};
}

}  // namespace

bool WindowClock::confirms_jump(const Reading& reading) const {
  const auto expected = since_epoch(jump_->now) + whole_milliseconds(reading.elapsed - jump_->elapsed);
  return std::chrono::abs(since_epoch(reading.now) - expected) <= kLargestStep;
}

WindowClock::Advance WindowClock::advance(Reading reading) {
  const auto passed = whole_milliseconds(reading.elapsed - last_elapsed_.value_or(reading.elapsed));
  // Where the clock would stand if the wall clock ran true: hours without events are no jump.
  const auto expected = since_epoch(log_time_) + passed;
  const bool is_new_store = log_time_ == Timestamp{0};
  bool jump_began = false;
  if (is_new_store || since_epoch(reading.now) <= expected + kLargestStep) {
    jump_.reset();
  } else if (!jump_ || !confirms_jump(reading)) {
    jump_ = reading;
    jump_began = true;
  }

  if (jump_ && reading.elapsed - jump_->elapsed < kConfirmation) {
    log_time_ = Timestamp{static_cast<std::uint64_t>(expected.count())};
    // Fractions of a millisecond are kept for the next reading.
    last_elapsed_ = last_elapsed_.value_or(reading.elapsed) + passed;
    return {log_time_, jump_began};
  }
  jump_.reset();
  log_time_ = std::max(log_time_, reading.now);
  last_elapsed_ = reading.elapsed;
  return {log_time_, false};
}

}  // namespace hourglass::core
