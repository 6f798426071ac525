#pragma once

#include <optional>
#include <string>

#include "adapters/influxdb/query_answer.hpp"
#include "cluster/stores/point_database.hpp"

namespace hourglass::adapters::influxdb {

/// The columns that a query asks for, and what a row of them says; nothing where the row lacks one, as while
/// its point is being written.

/// `grouping` of a query for totals may be by the partition or by the hour.
inline constexpr const char* kTotalsColumns = R"(MAX("next"), "clicks", "impressions", "uniques")";

struct StoredTotals {
  cluster::Offset next;
  core::Totals totals;
};

std::optional<StoredTotals> totals_of(const Row& row);

inline constexpr const char* kProgressColumns =
    R"("next", "fingerprint", "log_time", "boots", "last_offset", "last_boot", "last_sequence")";

std::optional<cluster::ProgressPoint> progress_of(const Row& row);

/// Where a row of kProgressColumns, or of its first two, has its fingerprint.
inline constexpr std::size_t kFingerprintColumn = 2;

/// The newest progress is the last one: its time is its next. No log has as many records as this, and a range
/// leaves out the shards of the hours.
inline constexpr std::int64_t kProgressEnd = std::int64_t{1} << 53U;

/// Says that the numbers of the bucket are another cluster's.
std::string other_cluster_text(std::string_view bucket, std::string_view theirs, std::string_view ours);

}  // namespace hourglass::adapters::influxdb
