#include "adapters/influxdb/point_lines.hpp"

#include <array>
#include <span>

#include "base/hexadecimal.hpp"

namespace hourglass::adapters::influxdb {
namespace {

using cluster::Period;

constexpr auto kHour = static_cast<std::int64_t>(cluster::kNanosecondsPerHour);
constexpr std::int64_t kMillisecond = 1'000'000;  // nanoseconds
constexpr auto kUserTags = cluster::kUserTags;
constexpr std::size_t kBytesOfBoot = 8;

void append_number(std::string& lines, std::int64_t number) {
  lines += std::to_string(number);
}

void append_integer_field(std::string& lines, std::string_view name, std::int64_t value) {
  lines += name;
  lines += '=';
  append_number(lines, value);
  lines += 'i';
}

void append_text_field(std::string& lines, std::string_view name, std::string_view value) {
  lines += name;
  lines += "=\"";
  for (const char byte : value) {
    if (byte == '"' || byte == '\\')
      lines += '\\';
    lines += byte;
  }
  lines += '"';
}

void append_measurement(std::string& lines, std::string_view measurement, cluster::Partition partition) {
  lines += measurement;
  lines += ",p=";
  append_number(lines, partition.value());
}

void append_time(std::string& lines, std::int64_t time) {
  lines += ' ';
  append_number(lines, time);
  lines += '\n';
}

/// Reads exactly as many bytes as there is room for.
bool read_hex(std::string_view text, std::span<std::uint8_t> into) {
  if (text.size() != 2 * into.size())
    return false;
  for (std::size_t i = 0; i < into.size(); ++i) {
    const int high = base::hex_digit(text[2 * i]);
    const int low = base::hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    into[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace

std::string_view users_measurement(Period::Unit unit) {
  return unit == Period::Unit::hour ? "users" : "day_users";
}

std::string_view totals_measurement(Period::Unit unit) {
  return unit == Period::Unit::hour ? "totals" : "day_totals";
}

std::optional<TimeRange> time_range(Period period) {
  const std::uint64_t hours_each = period.unit == Period::Unit::hour ? 1 : cluster::kHoursPerDay;
  if (period.index > cluster::kLastHour.value() / hours_each)
    return std::nullopt;
  const auto begin = static_cast<std::int64_t>(period.index * hours_each) * kHour;
  return TimeRange{begin, begin + kHour};
}

std::optional<UserIdentity> user_identity(Period period, cluster::UserId user) {
  const auto range = time_range(period);
  if (!range || user.value() >= cluster::kUserIds)
    return std::nullopt;
  return UserIdentity{user.value() % kUserTags,
                      range->from + static_cast<std::int64_t>(user.value() / kUserTags)};
}

std::optional<std::int64_t> key_time(cluster::LogTime time) {
  constexpr std::int64_t kLast = kLastTime / kMillisecond - 1;
  if (time.value() < 0 || time.value() > kLast)
    return std::nullopt;
  return time.value() * kMillisecond;
}

std::int64_t totals_time_in_period(cluster::Offset next) {
  return next.value() % kHour;
}

bool append_user(std::string& lines, cluster::Partition partition, const cluster::UserPoint& point) {
  const auto identity = user_identity(point.period, point.user);
  if (!identity)
    return false;
  append_measurement(lines, users_measurement(point.period.unit), partition);
  lines += ",b=";
  append_number(lines, static_cast<std::int64_t>(identity->tag));
  lines += ' ';
  append_integer_field(lines, "user", static_cast<std::int64_t>(point.user.value()));
  append_integer_field(lines, ",off", point.offset.value());
  append_time(lines, identity->time);
  return true;
}

bool append_key(std::string& lines, cluster::Partition partition, const cluster::KeyPoint& point) {
  const auto begin = key_time(point.time);
  if (!begin)
    return false;
  append_measurement(lines, kKeysMeasurement, partition);
  lines += ' ';
  append_text_field(lines, "key", key_text(point.key));
  append_integer_field(lines, ",off", point.offset.value());
  append_time(lines, *begin + point.offset.value() % kMillisecond);
  return true;
}

bool append_totals(std::string& lines, cluster::Partition partition, const cluster::TotalsPoint& point) {
  const auto range = time_range(point.period);
  if (!range)
    return false;
  append_measurement(lines, totals_measurement(point.period.unit), partition);
  lines += ' ';
  append_integer_field(lines, "next", point.next.value());
  append_integer_field(lines, ",clicks", static_cast<std::int64_t>(point.totals.clicks));
  append_integer_field(lines, ",impressions", static_cast<std::int64_t>(point.totals.impressions));
  append_integer_field(lines, ",uniques", static_cast<std::int64_t>(point.totals.unique_users));
  append_time(lines, range->from + totals_time_in_period(point.next));
  return true;
}

void append_progress(std::string& lines, cluster::Partition partition, const cluster::ProgressPoint& point,
                     std::string_view fingerprint) {
  const auto& [next, time, last] = point.position;
  append_measurement(lines, kProgressMeasurement, partition);
  lines += ' ';
  append_integer_field(lines, "next", next.value());
  append_integer_field(lines, ",log_time", time.value());
  append_text_field(lines, ",boots", point.boots);
  // Written where there is no last record too: a field that is missing is a point that is half written.
  append_integer_field(lines, ",last_offset", last ? last->offset.value() : -1);
  append_text_field(lines, ",last_boot", boot_text(last ? last->identity.boot : cluster::BootId{}));
  append_integer_field(lines, ",last_sequence",
                       last ? static_cast<std::int64_t>(last->identity.sequence) : 0);
  append_text_field(lines, ",fingerprint", fingerprint);
  append_time(lines, next.value());
}

std::string key_text(const cluster::KeyDigest& key) {
  std::string text;
  for (const std::uint8_t byte : key)
    base::append_hex(text, byte);
  return text;
}

std::optional<cluster::KeyDigest> key_of_text(std::string_view text) {
  cluster::KeyDigest key{};
  if (!read_hex(text, key))
    return std::nullopt;
  return key;
}

std::string boot_text(cluster::BootId boot) {
  std::string text;
  for (std::size_t byte = kBytesOfBoot; byte-- > 0;)
    base::append_hex(text, static_cast<std::uint8_t>(boot.value() >> (8 * byte)));
  return text;
}

std::optional<cluster::BootId> boot_of_text(std::string_view text) {
  std::array<std::uint8_t, kBytesOfBoot> bytes{};
  if (!read_hex(text, bytes))
    return std::nullopt;
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes)
    value = value << 8U | byte;
  return cluster::BootId{value};
}

}  // namespace hourglass::adapters::influxdb
