#pragma once

#include <string>

#include "core/hour.hpp"

namespace hourglass::core {

/// An hour for people: "2023-11-14T22:00Z (hour 472222)". The hour lies before the year 10000.
std::string hour_text(Hour hour);

}  // namespace hourglass::core
