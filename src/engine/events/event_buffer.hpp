#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/events/event_block.hpp"

namespace hourglass::engine {

/// Events in memory, put in by sequence and taken out by hour, and within an hour by sequence. Beside the
/// bytes of the user's name an event takes at most 19 bytes, and nothing is moved to grow: what a log segment
/// of 64 MiB holds takes twice as much here where names have about 12 bytes, and below 300 MiB where they
/// have a single one. Owned by the writer of an event file; one thread at a time.
class EventBuffer {
 public:
  /// Sequences come in ascending order.
  void add(const KeptEvent& event);

  [[nodiscard]] std::uint64_t size() const { return order_.size(); }

  /// Brings the events into their order; adding may go on afterwards.
  void sort();

  /// The event at a place in the order that sort() has made. It points into the buffer.
  [[nodiscard]] KeptEvent at(std::uint64_t place) const;

 private:
  Sequence first_sequence_;
  std::vector<std::string> chunks_;
  std::deque<std::uint64_t> order_;  // of each event the hour, and below it where in chunks_ it lies
};

}  // namespace hourglass::engine
