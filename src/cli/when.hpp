#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/hour.hpp"

namespace hourglass::cli {

/// Reads a time of the command line: milliseconds since 1970, ISO 8601, or `now`. The failure quotes it.
base::Expected<core::Timestamp, std::string> parse_when(std::string_view text, core::Timestamp now);

/// Reads which hours are meant, ascending, each once: a time names its hour, a date without a time of day the
/// 24 hours of that UTC day. At most kMaxHours of them.
base::Expected<std::vector<core::Hour>, std::string> parse_hours(const std::vector<std::string>& when,
                                                                 core::Timestamp now);

/// The hours that hold any moment from `from` until before `to`; both as parse_when() reads them. Without
/// `from` there is none; without `to` up to the current hour.
base::Expected<std::vector<core::Hour>, std::string> parse_hour_range(const std::string& from,
                                                                      const std::optional<std::string>& to,
                                                                      core::Timestamp now);

/// A hundred years, and less than a day's work for the server.
inline constexpr std::size_t kMaxHours = 876'600;

}  // namespace hourglass::cli
