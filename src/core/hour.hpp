#pragma once

#include <cstdint>

#include "base/strong_type.hpp"

namespace hourglass::core {

/// Milliseconds since 1970-01-01T00:00:00Z, 0 to kMaxTimestamp.
using Timestamp = base::StrongType<std::uint64_t, struct TimestampTag>;

/// A UTC hour: the number of whole hours since 1970-01-01T00:00:00Z.
using Hour = base::StrongType<std::uint64_t, struct HourTag>;

inline constexpr std::uint64_t kMillisecondsPerHour = 3'600'000;

/// 9999-12-31T23:59:59.999Z, the last instant that four-digit years can name.
inline constexpr Timestamp kMaxTimestamp{253'402'300'799'999};

constexpr Hour hour_of(Timestamp timestamp) {
  return Hour{timestamp.value() / kMillisecondsPerHour};
}

/// The first moment of an hour, which lies before the year 10000.
constexpr Timestamp begin_of(Hour hour) {
  return Timestamp{hour.value() * kMillisecondsPerHour};
}

}  // namespace hourglass::core
