#include "core/iso_time.hpp"

#include <chrono>

namespace hourglass::core {
namespace {

using base::ErrorCode;
using base::fail;

constexpr std::uint32_t kMaxOffsetHours = 23;

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

/// Takes what it reads from the front of a text. After the first thing that is not as expected it has failed.
class FrontReader {
 public:
  explicit FrontReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool failed() const { return failed_; }

  std::uint32_t number(std::size_t digits) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || !is_digit(rest_[i])) {
        failed_ = true;
        return 0;
      }
      value = value * 10 + static_cast<std::uint32_t>(rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  bool take_one_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char byte) { failed_ = !take_one_of({&byte, 1}) || failed_; }

  /// The first three digits of a fraction, of which there is at least one.
  std::uint32_t milliseconds() {
    std::uint32_t value = number(1) * 100;
    std::uint32_t weight = 10;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), weight /= 10)
      value += weight * static_cast<std::uint32_t>(rest_.front() - '0');
    return value;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

void read_time_of_day(FrontReader& reader, CivilTime& time) {
  time.hour = reader.number(2);
  reader.expect(':');
  time.minute = reader.number(2);
  if (!reader.take_one_of(":"))
    return;
  time.second = reader.number(2);
  if (reader.take_one_of(".,"))
    time.millisecond = reader.milliseconds();
}

void append_number(std::string& text, std::uint64_t number, std::size_t digits) {
  const std::string shown = std::to_string(number);
  text.append(digits > shown.size() ? digits - shown.size() : 0, '0');
  text += shown;
}

}  // namespace

base::Result<Timestamp> timestamp_of(const CivilTime& time) {
  const std::chrono::year_month_day day{std::chrono::year{static_cast<int>(time.year)},
                                        std::chrono::month{time.month}, std::chrono::day{time.day}};
  if (time.year > 9999 || time.month > 12 || time.day > 31 || !day.ok() || time.hour > 23 ||
      time.minute > 59 || time.second > 60)
    return fail(ErrorCode::invalid_timestamp, "there is no such day or time of day");
  const std::int64_t minutes =
      (std::chrono::sys_days{day}.time_since_epoch().count() * 24 + time.hour) * 60 + time.minute;
  const std::int64_t milliseconds =
      ((minutes - time.ahead_minutes) * 60 + time.second) * 1000 + time.millisecond;
  if (milliseconds < 0 || Timestamp{static_cast<std::uint64_t>(milliseconds)} > kMaxTimestamp)
    return fail(ErrorCode::timestamp_out_of_range, "the time is not between the years 1970 and 9999");
  return Timestamp{static_cast<std::uint64_t>(milliseconds)};
}

std::optional<std::int32_t> parse_zone(std::string_view text) {
  if (text == "Z" || text == "z")
    return 0;
  FrontReader reader(text);
  const bool behind = reader.take_one_of("-");
  if (!behind)
    reader.expect('+');
  const std::uint32_t hours = reader.number(2);
  std::uint32_t minutes = 0;
  if (!reader.rest().empty()) {
    reader.take_one_of(":");
    minutes = reader.number(2);
  }
  if (reader.failed() || !reader.rest().empty() || hours > kMaxOffsetHours || minutes > 59)
    return std::nullopt;
  const auto ahead = static_cast<std::int32_t>(hours * 60 + minutes);
  return behind ? -ahead : ahead;
}

base::Result<Timestamp> parse_iso_time(std::string_view text) {
  FrontReader reader(text);
  CivilTime time;
  time.year = reader.number(4);
  reader.expect('-');
  time.month = reader.number(2);
  reader.expect('-');
  time.day = reader.number(2);
  if (!reader.failed() && reader.take_one_of("Tt ")) {
    read_time_of_day(reader, time);
    if (!reader.failed() && !reader.rest().empty()) {
      const auto ahead = parse_zone(reader.rest());
      if (!ahead)
        return fail(ErrorCode::invalid_timestamp, "the zone is not Z or like +01:00");
      time.ahead_minutes = *ahead;
      return timestamp_of(time);
    }
  }
  if (reader.failed() || !reader.rest().empty())
    return fail(ErrorCode::invalid_timestamp, "the time is not like 2023-11-14T22:13:20Z");
  return timestamp_of(time);
}

std::string iso_time_text(Timestamp timestamp) {
  const std::uint64_t seconds = timestamp.value() / 1000;
  const std::uint64_t milliseconds = timestamp.value() % 1000;
  const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{seconds / 86400}}};
  std::string text;
  append_number(text, static_cast<std::uint64_t>(static_cast<int>(day.year())), 4);
  append_number(text += '-', static_cast<unsigned>(day.month()), 2);
  append_number(text += '-', static_cast<unsigned>(day.day()), 2);
  append_number(text += 'T', seconds / 3600 % 24, 2);
  append_number(text += ':', seconds / 60 % 60, 2);
  append_number(text += ':', seconds % 60, 2);
  if (milliseconds != 0)
    append_number(text += '.', milliseconds, 3);
  return text + 'Z';
}

}  // namespace hourglass::core
