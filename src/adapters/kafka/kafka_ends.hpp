#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/kafka/kafka_handle.hpp"
#include "adapters/kafka/record_lookup.hpp"
#include "cluster/log/partition.hpp"
#include "cluster/producing/cold_watch.hpp"
#include "cluster/reading/log_ends.hpp"

namespace hourglass::adapters {

/// Asks Kafka where the log ends, over a connection of its own. One thread at a time.
class KafkaEnds final : public cluster::LogEnds, public cluster::LogTimes {
 public:
  static cluster::StoreResult<std::unique_ptr<KafkaEnds>> make(const KafkaSettings& settings,
                                                               ports::Log& log);

  /// The end of every partition, by its number, as of a moment after the call. A broker that was frozen, and
  /// has not heard yet that another leads, may tell an end of the past.
  cluster::StoreResult<std::vector<cluster::Offset>> ends(std::chrono::milliseconds time_limit) override;

  /// When the first record at or behind the offset was appended; none where there is none.
  cluster::StoreResult<std::optional<cluster::LogTime>> time_of(cluster::Partition partition,
                                                                cluster::Offset offset) override;

 private:
  KafkaEnds(const KafkaSettings& settings, KafkaClient client, std::unique_ptr<RecordLookup> lookup);

  const KafkaSettings settings_;
  std::vector<cluster::Partition> partitions_;  // all
  KafkaClient client_;
  std::unique_ptr<RecordLookup> lookup_;
};

}  // namespace hourglass::adapters
