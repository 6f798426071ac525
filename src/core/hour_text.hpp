#pragma once

#include <string>

#include "core/hour.hpp"

namespace hourglass::core {

/// An hour as ISO 8601 has it: "2023-11-14T22:00Z". The hour lies before the year 10000.
std::string hour_name(Hour hour);

/// An hour for people: "2023-11-14T22:00Z (hour 472222)".
std::string hour_text(Hour hour);

}  // namespace hourglass::core
