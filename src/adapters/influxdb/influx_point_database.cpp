#include "adapters/influxdb/influx_point_database.hpp"

#include <algorithm>

#include "adapters/influxdb/paged_selection.hpp"
#include "adapters/influxdb/stored_rows.hpp"

namespace hourglass::adapters::influxdb {
namespace {

using cluster::KeyPoint;
using cluster::Offset;
using cluster::Period;
using cluster::ProgressPoint;
using cluster::Remedy;
using cluster::StoreResult;
using cluster::TotalsPoint;
using cluster::UserId;

constexpr std::size_t kPointsPerRequest = 5'000;   // of which the longest takes 150 bytes
constexpr std::size_t kLookUpsPerRequest = 1'000;  // 0.1 to 0.8 s
constexpr auto kHour = static_cast<std::int64_t>(cluster::kNanosecondsPerHour);
constexpr std::int64_t kMillisecond = 1'000'000;

std::string between(TimeRange range) {
  return " AND time >= " + std::to_string(range.from) + " AND time < " + std::to_string(range.to);
}

std::string quoted(std::string_view name) {
  return '"' + std::string(name) + '"';
}

std::optional<KeyPoint> key_of(const Row& row) {
  const auto time = row.integer(0);
  const auto text = row.text(1);
  const auto offset = row.integer(2);
  const auto key = text ? key_of_text(*text) : std::nullopt;
  if (!time || !key || !offset)
    return std::nullopt;
  return KeyPoint{*key, cluster::LogTime{*time / kMillisecond}, Offset{*offset}};
}

std::optional<UserId> user_of(const Row& row) {
  const auto user = row.integer(1);
  if (!user || *user < 0 || static_cast<std::uint64_t>(*user) >= cluster::kUserIds)
    return std::nullopt;
  return UserId{static_cast<std::uint64_t>(*user)};
}

}  // namespace

InfluxPointDatabase::InfluxPointDatabase(const InfluxSettings& settings, cluster::Partition partition)
    : connection_(settings),
      partition_(partition),
      fingerprint_(settings.fingerprint),
      in_partition_("\"p\"='" + std::to_string(partition.value()) + "'") {}

StoreResult<std::optional<ProgressPoint>> InfluxPointDatabase::newest_progress() {
  std::optional<ProgressPoint> newest;
  std::optional<std::string> foreign;
  const auto read = connection_.query(
      std::string("SELECT ") + kProgressColumns + " FROM " + quoted(kProgressMeasurement) + " WHERE " +
          in_partition_ + between({0, kProgressEnd}) + " ORDER BY time DESC LIMIT 1",
      [&](const Row& row) {
        newest = progress_of(row);
        if (const auto fingerprint = row.text(kFingerprintColumn); fingerprint != fingerprint_)
          foreign = fingerprint.value_or("");
        return newest.has_value();
      });
  if (!read)
    return tl::unexpected(read.error());
  if (foreign)
    return connection_.named(
        {Remedy::person, other_cluster_text(connection_.bucket(), *foreign, fingerprint_)});
  return newest;
}

StoreResult<std::vector<KeyPoint>> InfluxPointDatabase::keys(cluster::LogTime after, Offset below) {
  const auto from = key_time(cluster::LogTime{std::max<std::int64_t>(after.value() + 1, 0)});
  if (!from)
    return {};
  return select_all(connection_,
                    {.columns = R"("key", "off")",
                     .measurement = kKeysMeasurement,
                     .condition = in_partition_ + " AND \"off\" < " + std::to_string(below.value()),
                     .range = {*from, kLastTime},
                     .grouping = {}},
                    key_of);
}

StoreResult<std::optional<TotalsPoint>> InfluxPointDatabase::newest_totals(Period period) {
  const auto range = time_range(period);
  std::optional<TotalsPoint> newest;
  if (!range)
    return newest;
  const auto read = connection_.query(std::string("SELECT ") + kTotalsColumns + " FROM " +
                                          quoted(totals_measurement(period.unit)) + " WHERE " +
                                          in_partition_ + between(*range),
                                      [&](const Row& row) {
                                        const auto stored = totals_of(row);
                                        if (stored)
                                          newest = TotalsPoint{period, stored->next, stored->totals};
                                        return stored.has_value();
                                      });
  if (!read)
    return tl::unexpected(read.error());
  return newest;
}

StoreResult<std::vector<TotalsPoint>> InfluxPointDatabase::newest_totals_from(core::Hour first) {
  const auto range = time_range(cluster::hour_period(first));
  if (!range)
    return {};
  return select_all(connection_,
                    {.columns = kTotalsColumns,
                     .measurement = totals_measurement(Period::Unit::hour),
                     .condition = in_partition_,
                     .range = {range->from, time_range(cluster::hour_period(cluster::kLastHour))->to},
                     .grouping = "time(1h) fill(none)"},
                    [](const Row& row) -> std::optional<TotalsPoint> {
                      const auto time = row.integer(0);  // the beginning of the hour
                      const auto stored = totals_of(row);
                      if (!time || *time < 0 || !stored)
                        return std::nullopt;
                      const Period period{Period::Unit::hour, static_cast<std::uint64_t>(*time / kHour)};
                      return TotalsPoint{period, stored->next, stored->totals};
                    });
}

StoreResult<std::vector<UserId>> InfluxPointDatabase::users(Period period, Offset below) {
  const auto range = time_range(period);
  if (!range)
    return {};
  return select_all(connection_,
                    {.columns = R"("user")",
                     .measurement = users_measurement(period.unit),
                     .condition = in_partition_ + " AND \"off\" < " + std::to_string(below.value()),
                     .range = *range,
                     .grouping = {}},
                    user_of);
}

StoreResult<std::vector<UserId>> InfluxPointDatabase::known_users(Period period, Offset below,
                                                                  std::span<const UserId> asked) {
  std::vector<UserId> nameable;  // the others cannot be there
  std::copy_if(asked.begin(), asked.end(), std::back_inserter(nameable),
               [&](UserId user) { return user_identity(period, user).has_value(); });
  std::sort(nameable.begin(), nameable.end());
  nameable.erase(std::unique(nameable.begin(), nameable.end()), nameable.end());
  std::vector<UserId> known;
  for (std::span<const UserId> rest = nameable; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kLookUpsPerRequest));
    if (auto read = look_up(period, below, some, known); !read)
      return tl::unexpected(read.error());
    rest = rest.subspan(some.size());
  }
  return known;
}

/// A statement a user: one with several times would find nothing, silently. Offsets are compared here, so
/// that a point without one is a fault and not nobody.
StoreResult<void> InfluxPointDatabase::look_up(Period period, Offset below, std::span<const UserId> asked,
                                               std::vector<UserId>& known) {
  std::string text;
  for (const UserId user : asked) {
    const auto identity = user_identity(period, user);
    text += text.empty() ? "" : ";";
    text += R"(SELECT "user", "off" FROM )" + quoted(users_measurement(period.unit)) + " WHERE " +
            in_partition_ + " AND \"b\"='" + std::to_string(identity->tag) +
            "' AND time = " + std::to_string(identity->time);
  }
  std::optional<std::size_t> answered;
  return connection_.query(
      text,
      [&](const Row& row) {
        const auto offset = row.integer(2);
        if (user_of(row) != asked[row.statement] || !offset || answered == row.statement)
          return false;
        answered = row.statement;
        if (*offset < below.value())
          known.push_back(asked[row.statement]);
        return true;
      },
      asked.size());
}

template <typename Point, typename Append>
StoreResult<void> InfluxPointDatabase::write_points(std::span<const Point> points, const Append& append) {
  while (!points.empty()) {
    std::string lines;
    const auto batch = points.first(std::min(points.size(), kPointsPerRequest));
    for (const Point& point : batch) {
      if (!append(lines, partition_, point))
        return connection_.named(
            {Remedy::person, "cannot name the time of a point, which has to be from 1970 to 2262"});
    }
    if (auto written = connection_.write(lines); !written)
      return written;
    points = points.subspan(batch.size());
  }
  return {};
}

StoreResult<void> InfluxPointDatabase::write_identities(std::span<const cluster::UserPoint> users,
                                                        std::span<const KeyPoint> keys) {
  if (auto written = write_points(users, append_user); !written)
    return written;
  return write_points(keys, append_key);
}

StoreResult<void> InfluxPointDatabase::write_totals(std::span<const TotalsPoint> totals) {
  return write_points(totals, append_totals);
}

StoreResult<void> InfluxPointDatabase::write_progress(const ProgressPoint& progress) {
  std::string lines;
  append_progress(lines, partition_, progress, fingerprint_);
  return connection_.write(lines);
}

StoreResult<void> InfluxPointDatabase::remove_superseded_totals(Period period, Offset next) {
  const auto range = time_range(period);
  if (!range)
    return {};
  // The time of totals goes round with their next. Behind this one there is nothing superseded for half a
  // turn at most, and what a slow worker asks for cannot reach what has gone round since.
  const std::int64_t end = totals_time_in_period(next);
  const std::int64_t begin = std::max<std::int64_t>(end - kHour / 2, 0);
  return remove(totals_measurement(period.unit), {range->from + begin, range->from + end});
}

StoreResult<void> InfluxPointDatabase::remove_superseded_progress(Offset next, cluster::LogTime until) {
  if (auto removed = remove(kProgressMeasurement, {0, next.value()}); !removed)
    return removed;
  const auto end = key_time(cluster::LogTime{until.value() + 1});
  return end ? remove(kKeysMeasurement, {0, *end}) : StoreResult<void>{};
}

StoreResult<void> InfluxPointDatabase::remove(std::string_view measurement, TimeRange range) {
  if (range.from >= range.to)
    return {};
  return connection_.query("DELETE FROM " + quoted(measurement) + " WHERE " + in_partition_ + between(range),
                           [](const Row&) { return true; });
}

}  // namespace hourglass::adapters::influxdb
