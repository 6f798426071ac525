#pragma once

#include <vector>

#include "adapters/influxdb/influx_connection.hpp"
#include "cluster/reading/hour_sources.hpp"

namespace hourglass::adapters::influxdb {

/// Reads what the workers of all partitions have written. Progress with another fingerprint is a fault.
class InfluxColdReader final : public cluster::ColdReader {
 public:
  explicit InfluxColdReader(const InfluxSettings& settings);

  cluster::StoreResult<std::vector<cluster::Offset>> progress() override;
  cluster::StoreResult<std::vector<cluster::PartialTotals>> totals(cluster::Period period) override;

 private:
  /// The partition that a row is of; none where there is no such one.
  [[nodiscard]] std::optional<std::size_t> partition_of(const Row& row) const;

  InfluxConnection connection_;
  std::size_t partitions_;
  std::string fingerprint_;
};

}  // namespace hourglass::adapters::influxdb
