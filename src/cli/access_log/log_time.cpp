#include "cli/access_log/log_time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/iso_time.hpp"

namespace hourglass::cli {
namespace {

using base::ErrorCode;
using base::fail;
using core::Timestamp;

constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::string_view kShape = "00/Mmm/0000:00:00:00";
constexpr std::size_t kMaxDigits = 18;  // so that the number fits into 64 bits with room to spare

constexpr std::uint64_t kFirstMilliseconds = 100'000'000'000;
constexpr std::uint64_t kFirstMicroseconds = kFirstMilliseconds * 1000;
constexpr std::uint64_t kFirstNanoseconds = kFirstMicroseconds * 1000;

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

/// The digits of `text` at `at`; they have been checked.
std::uint32_t number_at(std::string_view text, std::size_t at, std::size_t digits) {
  std::uint32_t value = 0;
  for (const char digit : text.substr(at, digits))
    value = value * 10 + static_cast<std::uint32_t>(digit - '0');
  return value;
}

bool has_shape(std::string_view text) {
  if (text.size() < kShape.size())
    return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '0' ? !is_digit(text[i]) : i != 3 && i != 4 && i != 5 && text[i] != kShape[i])
      return false;
  }
  return true;
}

base::Result<Timestamp> parse_access_log_time(std::string_view text) {
  core::CivilTime time;
  time.day = number_at(text, 0, 2);
  const std::size_t month = kMonths.find(text.substr(3, 3));
  if (month == std::string_view::npos || month % 3 != 0)
    return fail(ErrorCode::invalid_timestamp, "the time has an unknown month");
  time.month = static_cast<std::uint32_t>(month / 3 + 1);
  time.year = number_at(text, 7, 4);
  time.hour = number_at(text, 12, 2);
  time.minute = number_at(text, 15, 2);
  time.second = number_at(text, 18, 2);
  if (std::string_view zone = text.substr(kShape.size()); !zone.empty()) {
    const auto ahead = zone.front() == ' ' ? core::parse_zone(zone.substr(1)) : std::nullopt;
    if (!ahead)
      return fail(ErrorCode::invalid_timestamp, "the zone of the time cannot be read");
    time.ahead_minutes = *ahead;
  }
  return core::timestamp_of(time);
}

/// The first `wanted` digits of a fraction, filled up with zeros.
std::uint64_t leading_digits(std::string_view fraction, std::size_t wanted) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < wanted; ++i)
    value = value * 10 + (i < fraction.size() ? static_cast<std::uint64_t>(fraction[i] - '0') : 0);
  return value;
}

base::Result<Timestamp> parse_number(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  const bool digits_only = std::all_of(whole.begin(), whole.end(), is_digit) &&
                           std::all_of(fraction.begin(), fraction.end(), is_digit);
  if (whole.empty() || !digits_only || (point < text.size() && fraction.empty()))
    return fail(ErrorCode::invalid_timestamp, "the time is not a decimal number");
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size() - 1));
  if (whole.size() > kMaxDigits + 1)
    return fail(ErrorCode::timestamp_out_of_range, "the time is too far in the future");
  std::uint64_t value = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (value < kFirstMilliseconds)
    value = value * 1000 + leading_digits(fraction, 3);
  else if (value >= kFirstNanoseconds)
    value /= 1'000'000;
  else if (value >= kFirstMicroseconds)
    value /= 1000;
  if (Timestamp{value} > core::kMaxTimestamp)
    return fail(ErrorCode::timestamp_out_of_range, "the time is too far in the future");
  return Timestamp{value};
}

}  // namespace

base::Result<Timestamp> parse_log_time(std::string_view text) {
  if (has_shape(text))
    return parse_access_log_time(text);
  if (text.find_first_of("-:/") == std::string_view::npos)
    return parse_number(text);
  return core::parse_iso_time(text);
}

}  // namespace hourglass::cli
