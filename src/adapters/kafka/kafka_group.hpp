#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "adapters/kafka/foreign_record.hpp"
#include "adapters/kafka/kafka_handle.hpp"
#include "adapters/kafka/kafka_partition_log.hpp"
#include "cluster/log/partition_log.hpp"
#include "ports/metrics.hpp"

namespace hourglass::adapters {

/// Who works on the partitions that a member of a group is given.
class PartitionOwner {
 public:
  virtual ~PartitionOwner() = default;

  /// The partition is this member's. The log is read by one thread; it has no place to read from before
  /// seek(). From the thread of the group.
  virtual void assigned(cluster::Partition partition, std::unique_ptr<cluster::PartitionLog> log) = 0;

  /// The partitions go to somebody else: end the work, at all of them at once, and destroy the logs before
  /// this returns. From the thread of the group.
  virtual void revoked(std::span<const cluster::Partition> partitions) = 0;

  /// A record that is no event. From the threads that fetch.
  virtual void foreign(ForeignRecord record) = 0;
};

/// Membership of a consumer group: which partitions this process works on. Only spreads the work; two may
/// hold a partition for a while, and the stores sort that out. What is read, and from where, is not the
/// group's: a client of its own reads (KafkaPartitionLog).
class KafkaGroup final : public ports::MetricSource {
 public:
  /// Joins, again and again while Kafka does not answer. `owner` and `log` must outlive the group.
  static cluster::StoreResult<std::unique_ptr<KafkaGroup>> join(const KafkaSettings& settings,
                                                                const std::string& group,
                                                                const core::HashKey& cluster_key,
                                                                PartitionOwner& owner, ports::Log& log);
  /// Revokes what is held and leaves, so that others take over at once; waits for Kafka for the settings'
  /// time for an answer at most.
  ~KafkaGroup() override;
  KafkaGroup(const KafkaGroup&) = delete;
  KafkaGroup& operator=(const KafkaGroup&) = delete;

  /// Whether the group has told this member what is its: perhaps nothing.
  [[nodiscard]] bool joined() const { return joined_; }

  [[nodiscard]] std::vector<ports::MetricFamily> metrics() const override;

 private:
  KafkaGroup(const KafkaSettings& settings, std::string group, PartitionOwner& owner, ports::Log& log,
             KafkaClient member, std::shared_ptr<LogReaders> readers);

  void run();
  void leave();
  void serve(std::chrono::milliseconds wait);
  void rebalance(rd_kafka_event_t* event);
  void take_partitions(const rd_kafka_topic_partition_list_t& partitions);
  void give_partitions_back();
  void note_applied(cluster::Partition partition, cluster::Offset next);
  void commit_when_due();
  void commit();

  const KafkaSettings settings_;
  const std::string group_;
  PartitionOwner& owner_;
  ports::Log& log_;
  KafkaClient member_;
  KafkaOwned<rd_kafka_queue_t> events_;
  std::shared_ptr<LogReaders> readers_;
  std::vector<cluster::Partition> held_;             // of the thread, as the next two
  bool is_commit_open_ = false;                      // asked for and not answered
  std::chrono::steady_clock::time_point committed_;  // asked for last
  std::mutex applied_mutex_;
  std::map<cluster::Partition, cluster::Offset> applied_;  // under applied_mutex_; since the last commit
  std::atomic<std::size_t> held_count_{0};
  std::atomic<bool> joined_{false};
  std::atomic<bool> ending_{false};
  std::thread thread_;  // last: it uses the others
};

}  // namespace hourglass::adapters
