#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/stores/point_database.hpp"

namespace hourglass::adapters::influxdb {

/// How the points of the cold store are kept: a measurement for each kind, the partition as the tag `p`, and
/// an identity in the time, which is why a point that is written again replaces itself. A point is one line
/// of line protocol, times are nanoseconds since 1970.
inline constexpr std::string_view kKeysMeasurement = "keys";
inline constexpr std::string_view kProgressMeasurement = "progress";

std::string_view users_measurement(cluster::Period::Unit unit);
std::string_view totals_measurement(cluster::Period::Unit unit);

/// Times are those of [from, to).
struct TimeRange {
  std::int64_t from;
  std::int64_t to;
};

/// Behind every point: 2262-04-11, as far as InfluxDB goes.
inline constexpr std::int64_t kLastTime = std::numeric_limits<std::int64_t>::max() - 1;

/// Where the points of a period are: its first hour, of days too. None for a period behind the last hour that
/// a time can name.
std::optional<TimeRange> time_range(cluster::Period period);

/// What identifies a user in a period and a partition: the tag `b` and the time.
struct UserIdentity {
  std::uint64_t tag;
  std::int64_t time;
};

/// None where no time can name it.
std::optional<UserIdentity> user_identity(cluster::Period period, cluster::UserId user);

/// Where the keys of a millisecond begin; none outside of what a time can name.
std::optional<std::int64_t> key_time(cluster::LogTime time);

/// Where in its period the totals stand that hold the records below `next`.
std::int64_t totals_time_in_period(cluster::Offset next);

/// Each appends a line; false, and nothing is appended, where no time can name the point.
bool append_user(std::string& lines, cluster::Partition partition, const cluster::UserPoint& point);
bool append_key(std::string& lines, cluster::Partition partition, const cluster::KeyPoint& point);
bool append_totals(std::string& lines, cluster::Partition partition, const cluster::TotalsPoint& point);
void append_progress(std::string& lines, cluster::Partition partition, const cluster::ProgressPoint& point,
                     std::string_view fingerprint);

/// A key as its field has it, and back; none where the text is none.
std::string key_text(const cluster::KeyDigest& key);
std::optional<cluster::KeyDigest> key_of_text(std::string_view text);

/// A boot id as its field has it, and back. 16 digits: an integer of a field has a sign.
std::string boot_text(cluster::BootId boot);
std::optional<cluster::BootId> boot_of_text(std::string_view text);

}  // namespace hourglass::adapters::influxdb
