#include "adapters/influxdb/stored_rows.hpp"

#include "adapters/influxdb/point_lines.hpp"
#include "core/json/server_answer.hpp"

namespace hourglass::adapters::influxdb {

std::optional<StoredTotals> totals_of(const Row& row) {
  const auto next = row.integer(1);
  const auto clicks = row.integer(2);
  const auto impressions = row.integer(3);
  const auto uniques = row.integer(4);
  if (!next || !clicks || !impressions || !uniques || *clicks < 0 || *impressions < 0 || *uniques < 0)
    return std::nullopt;
  return StoredTotals{cluster::Offset{*next},
                      {static_cast<std::uint64_t>(*uniques), static_cast<std::uint64_t>(*clicks),
                       static_cast<std::uint64_t>(*impressions)}};
}

std::optional<cluster::ProgressPoint> progress_of(const Row& row) {
  const auto next = row.integer(1);
  const auto time = row.integer(3);
  const auto boots = row.text(4);
  const auto last_offset = row.integer(5);
  const auto last_boot = row.text(6);
  const auto last_sequence = row.integer(7);
  if (!next || !time || !boots || !last_offset || !last_boot || !last_sequence)
    return std::nullopt;
  const auto boot = boot_of_text(*last_boot);
  if (!boot)
    return std::nullopt;
  cluster::ProgressPoint point{{cluster::Offset{*next}, cluster::LogTime{*time}, std::nullopt},
                               std::string(*boots)};
  if (*last_offset >= 0)
    point.position.last = cluster::LastRecord{cluster::Offset{*last_offset},
                                              {*boot, static_cast<std::uint64_t>(*last_sequence)}};
  return point;
}

std::string other_cluster_text(std::string_view bucket, std::string_view theirs, std::string_view ours) {
  return "holds another cluster's numbers in influxdb.bucket " + core::harmless_text(bucket) +
         ": they were written with another cluster.key, kafka.partitions or idempotency.window, or from "
         "another topic of Kafka; their fingerprint is " +
         core::harmless_text(theirs) + ", ours is " + std::string(ours);
}

}  // namespace hourglass::adapters::influxdb
