#include "cli/when.hpp"

#include <algorithm>

#include "core/event.hpp"
#include "core/hour_range.hpp"
#include "core/iso_time.hpp"

namespace hourglass::cli {
namespace {

constexpr std::string_view kNow = "now";
constexpr std::size_t kDateSize = std::string_view("2023-11-14").size();
constexpr std::uint64_t kHoursPerDay = 24;

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

tl::unexpected<std::string> too_many() {
  return base::unexpected("these are more than " + std::to_string(kMaxHours) + " hours");
}

void append_hours(std::vector<core::Hour>& hours, core::Hour first, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    hours.emplace_back(first.value() + i);
}

}  // namespace

base::Expected<core::Timestamp, std::string> parse_when(std::string_view text, core::Timestamp now) {
  if (text == kNow)
    return now;
  const auto parsed = is_number(text) ? core::parse_timestamp(text) : core::parse_iso_time(text);
  if (parsed)
    return *parsed;
  return base::unexpected("the time " + std::string(text) +
                          " is neither milliseconds since 1970, nor now, nor " +
                          "ISO 8601 such as 2023-11-14T22:00Z: " + parsed.error().message);
}

base::Expected<std::vector<core::Hour>, std::string> parse_hours(const std::vector<std::string>& when,
                                                                 core::Timestamp now) {
  std::vector<core::Hour> hours;
  for (const std::string& text : when) {
    const auto time = parse_when(text, now);
    if (!time)
      return base::unexpected(time.error());
    const bool is_day = text.size() == kDateSize && !is_number(text);
    append_hours(hours, core::hour_of(*time), is_day ? kHoursPerDay : 1);
    if (hours.size() > kMaxHours)
      return too_many();
  }
  std::sort(hours.begin(), hours.end());
  hours.erase(std::unique(hours.begin(), hours.end()), hours.end());
  return hours;
}

base::Expected<std::vector<core::Hour>, std::string> parse_hour_range(const std::string& from,
                                                                      const std::optional<std::string>& to,
                                                                      core::Timestamp now) {
  const auto first = parse_when(from, now);
  if (!first)
    return base::unexpected(first.error());
  // Up to and with the current hour: whatever is now, it has begun.
  const auto end = to ? parse_when(*to, now)
                      : base::Expected<core::Timestamp, std::string>(core::Timestamp{now.value() + 1});
  if (!end)
    return base::unexpected(end.error());
  const auto range = core::hours_touched(*first, *end);
  if (!range)
    return base::unexpected(std::string("the range has no hours: its end is not behind its beginning"));
  const std::uint64_t count = range->end.value() - range->first.value();
  if (count > kMaxHours)
    return too_many();
  std::vector<core::Hour> hours;
  append_hours(hours, range->first, count);
  return hours;
}

}  // namespace hourglass::cli
