#pragma once

#include <vector>

#include "adapters/kafka/foreign_record.hpp"
#include "adapters/kafka/kafka_handle.hpp"
#include "cluster/log/record.hpp"
#include "core/siphash.hpp"

namespace hourglass::adapters {

/// When a broker appended the message; 0, which moves no clock, where the time is not a broker's.
cluster::LogTime append_time(const rd_kafka_message_t& message);

/// Makes records of messages. Keeps working memory; one thread at a time.
class MessageReading {
 public:
  explicit MessageReading(const core::HashKey& cluster_key) : decoder_(cluster_key) {}

  /// Of a message without an error.
  cluster::Record record_of(const rd_kafka_message_t& message);

 private:
  cluster::RecordDecoder decoder_;
  std::vector<cluster::RecordHeader> headers_;
};

/// A copy of a message as it came.
ForeignRecord foreign_record_of(const rd_kafka_message_t& message);

}  // namespace hourglass::adapters
