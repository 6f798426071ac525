#pragma once

#include <compare>
#include <cstdint>

#include "core/hour.hpp"

namespace hourglass::cluster {

/// What the cold store keeps totals of: UTC hours and UTC days, by the same rules.
struct Period {
  enum class Unit : std::uint8_t { hour, day };

  Unit unit = Unit::hour;
  std::uint64_t index = 0;  // whole units since 1970-01-01T00:00:00Z

  friend auto operator<=>(const Period&, const Period&) = default;
};

inline constexpr std::uint64_t kHoursPerDay = 24;

constexpr Period hour_period(core::Hour hour) {
  return {Period::Unit::hour, hour.value()};
}

constexpr Period day_period(core::Hour hour) {
  return {Period::Unit::day, hour.value() / kHoursPerDay};
}

}  // namespace hourglass::cluster
