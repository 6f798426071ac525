#pragma once

#include <string_view>

#include "base/result.hpp"
#include "core/hour.hpp"

namespace hourglass::cli {

/// Reads a time in any of the shapes that logs have, told apart by the text alone:
/// - `10/Oct/2000:13:55:36 -0700`, as nginx and Apache write it, whatever the locale; without a zone it is
/// UTC;
/// - ISO 8601, as core::parse_iso_time reads it;
/// - a decimal number since 1970, with a fraction or without. Its whole part says the unit: below 10^11
/// seconds, below
///   10^14 milliseconds, below 10^17 microseconds, else nanoseconds; so each unit reaches from 1973 to 5138.
/// What is finer than milliseconds is cut off; nothing goes through floating point.
/// Fails with invalid_timestamp or timestamp_out_of_range.
base::Result<core::Timestamp> parse_log_time(std::string_view text);

}  // namespace hourglass::cli
