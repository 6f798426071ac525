#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "adapters/kafka/foreign_record.hpp"
#include "adapters/kafka/kafka_settings.hpp"
#include "adapters/kafka/producer_client.hpp"
#include "cluster/producing/record_producer.hpp"
#include "cluster/stores/store_fault.hpp"
#include "ports/log.hpp"
#include "ports/metrics.hpp"

namespace hourglass::adapters {

/// Appends records to the topic through an idempotent producer of librdkafka, which sends a record again
/// itself until its time limit has passed. Where librdkafka gives such a producer up (a fatal error), another
/// with another boot id takes its place; what waited in the first is reported by then.
///
/// A thread of its own tells the listener, which must outlive the producer. Records can be handed over by
/// every thread.
class KafkaProducer final : public cluster::RecordProducer, public ports::MetricSource {
 public:
  /// Fails only for settings that librdkafka does not take; that no broker answers shows in is_reachable().
  static cluster::StoreResult<std::unique_ptr<KafkaProducer>> start(const KafkaSettings& settings,
                                                                    cluster::DeliveryListener& listener,
                                                                    ports::Log& log);
  /// Takes back what is not acknowledged yet, and reports all of it.
  ~KafkaProducer() override;
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;

  cluster::EventIdentity next_identity(cluster::Partition partition) override;
  bool produce(cluster::Partition partition, const cluster::RecordBytes& record,
               std::uint64_t token) override;

  /// Copies a record to the dead-letter topic. Nobody hears what becomes of it, except the metric.
  void produce_dead_letter(const ForeignRecord& record);

  /// Waits until all that was taken has been reported; false: the time was up before.
  bool flush(std::chrono::steady_clock::time_point deadline);

  /// Takes back what is not acknowledged yet: what was sent already is unknown, the rest not persisted.
  void purge();

  /// As of the last look at the connections, or the last report. False from the first look on that finds
  /// none.
  [[nodiscard]] bool is_reachable() const override { return reachable_.load(std::memory_order_relaxed); }

  [[nodiscard]] std::vector<ports::MetricFamily> metrics() const override;

  /// Of a producer that copies to the dead-letter topic.
  [[nodiscard]] std::vector<ports::MetricFamily> dead_letter_metrics() const;

 private:
  /// A client that a fatal error has ended, until all it had is reported.
  struct Retired {
    std::shared_ptr<ProducerClient> client;
    std::chrono::steady_clock::time_point patience;  // until then what is on its way may be acknowledged
  };

  KafkaProducer(const KafkaSettings& settings, cluster::DeliveryListener& listener, ports::Log& log,
                std::shared_ptr<ProducerClient> client);

  std::shared_ptr<ProducerClient> current() const;
  void run();
  void serve(ProducerClient& client, std::chrono::milliseconds wait);
  void serve_retired();
  void replace_current();
  void take_event(ProducerClient& client, rd_kafka_event_t* event);
  void take_error(const ProducerClient& client, rd_kafka_event_t* event);
  void report(ProducerClient& client, const rd_kafka_message_t& message);
  void wake_flush();
  bool all_reported() const;

  const KafkaSettings settings_;
  cluster::DeliveryListener& listener_;
  ports::Log& log_;
  mutable std::shared_mutex client_mutex_;  // held shared while a record is handed over
  std::shared_ptr<ProducerClient> client_;  // changed by the thread only
  std::vector<Retired> retired_;            // of the thread
  bool fatal_ = false;                      // of the thread
  std::chrono::steady_clock::time_point next_attempt_;
  std::atomic<bool> reachable_{true};
  std::atomic<bool> ending_{false};
  std::atomic<std::size_t> retired_clients_{0};
  std::atomic<std::uint64_t> dead_letters_{0};
  std::atomic<std::uint64_t> failed_dead_letters_{0};
  std::atomic<std::uint64_t> replacements_{0};
  std::mutex idle_mutex_;
  std::condition_variable idle_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace hourglass::adapters
