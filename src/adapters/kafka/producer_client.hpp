#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "adapters/kafka/foreign_record.hpp"
#include "adapters/kafka/kafka_handle.hpp"
#include "cluster/log/record.hpp"

namespace hourglass::adapters {

/// One producer of librdkafka with its boot id and sequences. Records can be handed over by every thread;
/// events are taken by one.
class ProducerClient {
 public:
  static cluster::StoreResult<std::shared_ptr<ProducerClient>> make(const KafkaSettings& settings,
                                                                    ports::Log& log);

  cluster::EventIdentity next_identity(cluster::Partition partition);

  /// False: not taken, because the queue is full or the producer has ended.
  bool produce(cluster::Partition partition, const cluster::RecordBytes& record, std::uint64_t token);
  bool produce_dead_letter(const ForeignRecord& record);

  /// The next event; none when the time is up.
  KafkaOwned<rd_kafka_event_t> next_event(std::chrono::milliseconds wait);

  /// Reports of events and of dead letters are told apart by their topic.
  [[nodiscard]] bool is_dead_letter(const rd_kafka_message_t& message) const;

  /// Takes back what has not been sent, or also what has been sent and not been acknowledged.
  void purge(bool also_sent);

  /// What has been taken and not been noted as reported.
  [[nodiscard]] std::uint64_t unreported() const { return unreported_.load(); }
  void note_report() { unreported_.fetch_sub(1); }

 private:
  ProducerClient(KafkaClient client, std::uint32_t partitions);

  bool hand_over(const rd_kafka_vu_t* fields, std::size_t count);

  KafkaClient client_;  // first: the others are parts of it
  KafkaOwned<rd_kafka_queue_t> events_;
  KafkaTopic topic_;
  KafkaTopic dead_letter_topic_;
  cluster::BootId boot_;
  std::vector<std::atomic<std::uint64_t>> last_sequences_;  // by partition
  std::atomic<std::uint64_t> unreported_{0};
};

}  // namespace hourglass::adapters
