#include "core/hour_text.hpp"

#include "core/iso_time.hpp"

namespace hourglass::core {

std::string hour_name(Hour hour) {
  constexpr std::size_t kMinutes = std::string_view("2023-11-14T22:13").size();
  return iso_time_text(begin_of(hour)).substr(0, kMinutes) + "Z";
}

std::string hour_text(Hour hour) {
  return hour_name(hour) + " (hour " + std::to_string(hour.value()) + ")";
}

}  // namespace hourglass::core
