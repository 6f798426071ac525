#include "adapters/influxdb/influx_cold_reader.hpp"

#include <charconv>

#include "adapters/influxdb/point_lines.hpp"
#include "adapters/influxdb/stored_rows.hpp"

namespace hourglass::adapters::influxdb {

using cluster::Offset;
using cluster::PartialTotals;
using cluster::StoreResult;

InfluxColdReader::InfluxColdReader(const InfluxSettings& settings)
    : connection_(settings), partitions_(settings.partitions), fingerprint_(settings.fingerprint) {}

std::optional<std::size_t> InfluxColdReader::partition_of(const Row& row) const {
  std::size_t partition = 0;
  const char* end = row.tag.data() + row.tag.size();
  const auto [read_to, error] = std::from_chars(row.tag.data(), end, partition);
  if (error != std::errc{} || read_to != end || partition >= partitions_)
    return std::nullopt;
  return partition;
}

StoreResult<std::vector<Offset>> InfluxColdReader::progress() {
  std::vector<Offset> progress(partitions_);
  std::optional<std::string> foreign;
  const auto read =
      connection_.query(R"(SELECT "next", "fingerprint" FROM ")" + std::string(kProgressMeasurement) +
                            "\" WHERE time >= 0 AND time < " + std::to_string(kProgressEnd) +
                            R"( GROUP BY "p" ORDER BY time DESC LIMIT 1)",
                        [&](const Row& row) {
                          const auto partition = partition_of(row);
                          const auto next = row.integer(1);
                          const auto fingerprint = row.text(kFingerprintColumn);
                          if (!next || !fingerprint)
                            return false;
                          if (*fingerprint != fingerprint_)
                            foreign = *fingerprint;
                          else if (partition)
                            progress[*partition] = Offset{*next};
                          return partition || foreign;
                        });
  if (!read)
    return tl::unexpected(read.error());
  if (foreign)
    return connection_.named(
        {cluster::Remedy::person, other_cluster_text(connection_.bucket(), *foreign, fingerprint_)});
  return progress;
}

StoreResult<std::vector<PartialTotals>> InfluxColdReader::totals(cluster::Period period) {
  std::vector<PartialTotals> totals(partitions_);
  const auto range = time_range(period);
  if (!range)
    return totals;
  const auto read = connection_.query(std::string("SELECT ") + kTotalsColumns + " FROM \"" +
                                          std::string(totals_measurement(period.unit)) +
                                          "\" WHERE time >= " + std::to_string(range->from) + " AND time < " +
                                          std::to_string(range->to) + " GROUP BY \"p\"",
                                      [&](const Row& row) {
                                        const auto partition = partition_of(row);
                                        const auto stored = totals_of(row);
                                        if (!partition || !stored)
                                          return false;
                                        totals[*partition] = {stored->totals, stored->next};
                                        return true;
                                      });
  if (!read)
    return tl::unexpected(read.error());
  return totals;
}

}  // namespace hourglass::adapters::influxdb
