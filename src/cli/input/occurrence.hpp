#pragma once

#include <cstdint>
#include <tuple>

#include "core/hour.hpp"
#include "core/siphash.hpp"

namespace hourglass::cli {

/// What tells the lines of an input apart: the time that a line names, 0 without one, and a hash of the whole
/// line. The time comes first: what is near in a log is then near in order.
struct LineKey {
  core::Timestamp time;
  core::Hash128 line;

  friend auto operator<=>(const LineKey&, const LineKey&) = default;
};

/// How often a line has stood in an input; 0 times only where there is no line.
struct Occurrence {
  LineKey key;
  std::uint64_t count = 0;

  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

}  // namespace hourglass::cli
