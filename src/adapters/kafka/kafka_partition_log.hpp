#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "adapters/kafka/foreign_record.hpp"
#include "adapters/kafka/kafka_handle.hpp"
#include "adapters/kafka/message_reading.hpp"
#include "adapters/kafka/record_lookup.hpp"
#include "cluster/log/partition_log.hpp"

namespace hourglass::adapters {

/// What the logs of a group's partitions read with; every thread may use it.
struct LogReaders {
  KafkaSettings settings;
  core::HashKey cluster_key;
  KafkaClient reader;  // in no group, reads from the offsets that it is given
  KafkaTopic topic;    // of the reader
  std::unique_ptr<RecordLookup> lookup;
  std::function<void(ForeignRecord)> foreign;                       // from the threads of the workers
  std::function<void(cluster::Partition, cluster::Offset)> commit;  // must not wait
  std::atomic<std::uint64_t> foreign_records{0};
  std::atomic<std::uint64_t> accepted_holes{0};

  static cluster::StoreResult<std::shared_ptr<LogReaders>> make(const KafkaSettings& settings,
                                                                const core::HashKey& cluster_key,
                                                                ports::Log& log);
};

/// One partition of the topic. librdkafka fetches ahead, a few MiB at most, until it is destroyed. Where
/// offsets are missing between two records, the place is fetched once more before the hole is believed; it is
/// then what Kafka keeps for itself, such as the marks of a transaction. At most one for each partition and
/// LogReaders.
class KafkaPartitionLog final : public cluster::PartitionLog {
 public:
  KafkaPartitionLog(std::shared_ptr<LogReaders> readers, cluster::Partition partition);
  ~KafkaPartitionLog() override;
  KafkaPartitionLog(const KafkaPartitionLog&) = delete;
  KafkaPartitionLog& operator=(const KafkaPartitionLog&) = delete;

  cluster::StoreResult<void> seek(cluster::Offset offset) override;
  cluster::StoreResult<cluster::Fetched> fetch(std::size_t most, std::chrono::milliseconds wait) override;
  cluster::StoreResult<cluster::LogRange> range() override;
  cluster::StoreResult<std::optional<cluster::Record>> record_at(cluster::Offset offset) override;
  void commit(cluster::Offset next) override;

 private:
  /// What to do after a message.
  enum class Step : std::uint8_t { go_on, enough };

  cluster::StoreResult<void> start_at(std::int64_t offset);
  void stop();
  cluster::StoreResult<Step> take(const rd_kafka_message_t& message, std::vector<cluster::Record>& records);
  cluster::StoreResult<bool> is_in_order(std::int64_t offset);
  cluster::Offset known_end() const;
  std::string what(const std::string& doing) const;

  std::shared_ptr<LogReaders> readers_;
  cluster::Partition partition_;
  std::int32_t number_;  // of the partition, as librdkafka has it
  MessageReading reading_;
  bool is_started_ = false;
  std::int64_t next_ = 0;                  // offset that the next record has, if there is no hole
  std::optional<std::int64_t> refetched_;  // where a hole began when it was seen first
};

}  // namespace hourglass::adapters
