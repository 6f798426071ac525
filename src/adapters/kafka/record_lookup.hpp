#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include "adapters/kafka/kafka_handle.hpp"
#include "cluster/log/partition.hpp"

namespace hourglass::adapters {

/// Finds single records, over connections of its own. Callable from every thread; one look-up at a time.
class RecordLookup {
 public:
  static cluster::StoreResult<std::unique_ptr<RecordLookup>> make(const KafkaSettings& settings,
                                                                  ports::Log& log);

  /// The first record at or behind the offset; null where the log holds none. Takes the settings' time for an
  /// answer at most.
  cluster::StoreResult<KafkaMessage> at_or_behind(cluster::Partition partition, cluster::Offset offset);

 private:
  RecordLookup(const KafkaSettings& settings, KafkaClient client, KafkaTopic topic)
      : settings_(settings), client_(std::move(client)), topic_(std::move(topic)) {}

  cluster::StoreResult<KafkaMessage> read_one(std::int32_t partition, std::int64_t from,
                                              std::chrono::steady_clock::time_point deadline);

  const KafkaSettings settings_;
  std::mutex mutex_;  // for reading: a client reads a partition at one place only
  KafkaClient client_;
  KafkaTopic topic_;
};

}  // namespace hourglass::adapters
