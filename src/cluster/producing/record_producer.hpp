#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "cluster/log/record.hpp"

namespace hourglass::cluster {

/// What became of a record that was handed to a producer.
enum class Delivery : std::uint8_t {
  persisted,      // replicated as the topic demands
  not_persisted,  // definitely not in the log, now and later
  unknown,        // may be in the log
};

/// Who hears of the delivery of records.
class DeliveryListener {
 public:
  virtual ~DeliveryListener() = default;

  /// Once for each record that was taken. `offset`: of a persisted one, where known. From a thread of the
  /// producer; must not block.
  virtual void delivered(std::uint64_t token, Partition partition, Delivery delivery,
                         std::optional<Offset> offset) = 0;

  /// After the reports that came together. From the same thread.
  virtual void deliveries_paused() = 0;
};

/// Appends records to the topic. Callable from every thread.
class RecordProducer {
 public:
  virtual ~RecordProducer() = default;

  /// The boot id that records are to carry at the moment, and the next sequence of the partition.
  virtual EventIdentity next_identity(Partition partition) = 0;

  /// Takes a record, whose delivery the listener is told with this token; false: its queue is full.
  virtual bool produce(Partition partition, const RecordBytes& record, std::uint64_t token) = 0;

  /// Whether a broker is connected, or was not missed yet.
  [[nodiscard]] virtual bool is_reachable() const = 0;
};

}  // namespace hourglass::cluster
