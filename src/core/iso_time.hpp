#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "core/hour.hpp"

namespace hourglass::core {

/// A date and a time of day in the Gregorian calendar, as a text names them, and how far the place is ahead
/// of UTC.
struct CivilTime {
  std::uint32_t year = 0;
  std::uint32_t month = 0;
  std::uint32_t day = 0;
  std::uint32_t hour = 0;
  std::uint32_t minute = 0;
  std::uint32_t second = 0;
  std::uint32_t millisecond = 0;
  std::int32_t ahead_minutes = 0;
};

/// Fails with invalid_timestamp where there is no such day or time of day, and with timestamp_out_of_range
/// before 1970. A second 60 is the first one of the next minute, as POSIX counts.
base::Result<Timestamp> timestamp_of(const CivilTime& time);

/// Reads `Z`, `+05:30`, `+0530` or `+05`: minutes ahead of UTC; nothing if it is none of them.
std::optional<std::int32_t> parse_zone(std::string_view text);

/// Reads ISO 8601 as RFC 3339 narrows it, and a little more: `2023-11-14`, `2023-11-14T22:13`,
/// `2023-11-14T22:13:20.123456Z`, `2023-11-14 22:13:20+01:00`. What is left out is zero, and a time without a
/// zone is UTC. Digits behind the milliseconds are cut off. Fails with invalid_timestamp or
/// timestamp_out_of_range.
base::Result<Timestamp> parse_iso_time(std::string_view text);

/// `2023-11-14T22:13:20Z`, or `2023-11-14T22:13:20.123Z` where it is no whole second.
std::string iso_time_text(Timestamp timestamp);

}  // namespace hourglass::core
