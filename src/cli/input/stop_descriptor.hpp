#pragma once

#include <chrono>
#include <optional>

namespace hourglass::cli {

/// A descriptor that becomes readable when reading is to stop: a signalfd or an eventfd. A signal that merely
/// interrupts a call could come just before the call; a descriptor cannot be missed. Whoever made it closes
/// it. Without one nothing stops the reading.
struct StopDescriptor {
  int number = -1;
};

enum class Readiness { readable, stopped, timed_out };

/// Waits until a descriptor has bytes or its end, the stop comes, or the time is over; the stop goes before
/// the bytes. A `descriptor` of -1 waits for the other two. A descriptor that cannot be waited for is
/// readable: reading it says what is wrong.
Readiness wait_readable(int descriptor, StopDescriptor stop,
                        std::optional<std::chrono::milliseconds> wait = std::nullopt);

}  // namespace hourglass::cli
