#include "core/hour_text.hpp"

#include <algorithm>
#include <chrono>

namespace hourglass::core {
namespace {

constexpr std::uint64_t kHoursPerDay = 24;

std::string padded(std::uint64_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

}  // namespace

std::string hour_name(Hour hour) {
  const std::chrono::year_month_day day{
      std::chrono::sys_days{std::chrono::days{hour.value() / kHoursPerDay}}};
  return padded(static_cast<std::uint64_t>(static_cast<int>(day.year())), 4) + "-" +
         padded(static_cast<unsigned>(day.month()), 2) + "-" + padded(static_cast<unsigned>(day.day()), 2) +
         "T" + padded(hour.value() % kHoursPerDay, 2) + ":00Z";
}

std::string hour_text(Hour hour) {
  return hour_name(hour) + " (hour " + std::to_string(hour.value()) + ")";
}

}  // namespace hourglass::core
