#pragma once

#include <string>
#include <vector>

#include "adapters/influxdb/influx_connection.hpp"
#include "adapters/influxdb/point_lines.hpp"
#include "cluster/stores/point_database.hpp"

namespace hourglass::adapters::influxdb {

/// One partition's points in InfluxDB 1.x or 2.x, through /write and /query. Writes are synced by the server
/// before it answers, and readable from then on. Progress with another fingerprint is a fault: the bucket is
/// another cluster's.
class InfluxPointDatabase final : public cluster::PointDatabase {
 public:
  InfluxPointDatabase(const InfluxSettings& settings, cluster::Partition partition);

  cluster::StoreResult<std::optional<cluster::ProgressPoint>> newest_progress() override;
  cluster::StoreResult<std::vector<cluster::KeyPoint>> keys(cluster::LogTime after,
                                                            cluster::Offset below) override;
  cluster::StoreResult<std::optional<cluster::TotalsPoint>> newest_totals(cluster::Period period) override;
  cluster::StoreResult<std::vector<cluster::TotalsPoint>> newest_totals_from(core::Hour first) override;
  cluster::StoreResult<std::vector<cluster::UserId>> users(cluster::Period period,
                                                           cluster::Offset below) override;
  cluster::StoreResult<std::vector<cluster::UserId>> known_users(
      cluster::Period period, cluster::Offset below, std::span<const cluster::UserId> asked) override;
  cluster::StoreResult<void> write_identities(std::span<const cluster::UserPoint> users,
                                              std::span<const cluster::KeyPoint> keys) override;
  cluster::StoreResult<void> write_totals(std::span<const cluster::TotalsPoint> totals) override;
  cluster::StoreResult<void> write_progress(const cluster::ProgressPoint& progress) override;

  /// Costs a walk over all shards of the database: to be asked once in minutes, not with every batch. Of
  /// totals whose offsets are half a turn of the identity (1.8e12) below `next`, some may stay.
  cluster::StoreResult<void> remove_superseded_totals(cluster::Period period, cluster::Offset next) override;
  cluster::StoreResult<void> remove_superseded_progress(cluster::Offset next,
                                                        cluster::LogTime until) override;

 private:
  cluster::StoreResult<void> look_up(cluster::Period period, cluster::Offset below,
                                     std::span<const cluster::UserId> asked,
                                     std::vector<cluster::UserId>& known);
  template <typename Point, typename Append>
  cluster::StoreResult<void> write_points(std::span<const Point> points, const Append& append);
  cluster::StoreResult<void> remove(std::string_view measurement, TimeRange range);

  InfluxConnection connection_;
  cluster::Partition partition_;
  std::string fingerprint_;
  std::string in_partition_;  // the condition on the tag
};

}  // namespace hourglass::adapters::influxdb
