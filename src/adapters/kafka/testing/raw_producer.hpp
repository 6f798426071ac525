#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kafka/kafka_handle.hpp"

namespace hourglass::adapters {

/// Appends whatever a test wants to the topic of the settings; throws where that fails.
class RawProducer {
 public:
  explicit RawProducer(const KafkaSettings& settings, const std::string& transactional_id = "");

  void produce(std::int32_t partition, const std::optional<std::string>& key,
               const std::optional<std::string>& value,
               const std::vector<std::pair<std::string, std::string>>& headers);

  /// Waits until all is acknowledged.
  void flush();

 protected:
  KafkaClient client_;

 private:
  std::string topic_;
};

/// Appends to partition 0 in transactions.
class TransactionalProducer : private RawProducer {
 public:
  explicit TransactionalProducer(const KafkaSettings& settings);

  /// One transaction of some records, committed or aborted after they have been written.
  void transaction(std::size_t records, bool commit);
};

/// Takes the records of a partition below an offset off the log, as retention does. For
/// EXPECT_NO_FATAL_FAILURE.
void delete_records_below(const KafkaSettings& settings, std::int32_t partition, std::int64_t offset);

}  // namespace hourglass::adapters
