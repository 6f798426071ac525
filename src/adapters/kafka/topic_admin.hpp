#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/kafka_handle.hpp"

namespace hourglass::adapters {

/// How a topic is made up.
struct TopicShape {
  std::uint32_t partitions = 0;
  std::uint32_t replicas = 0;  // of the partition that has the fewest
};

/// Questions and orders to the brokers about one topic, through any client, each within about `limit`. A
/// fault that is for a person is what Kafka refuses: rights, a policy, a number of replicas that it cannot
/// give.
class TopicAdmin {
 public:
  TopicAdmin(rd_kafka_t* client, const KafkaSettings& settings, std::chrono::milliseconds limit)
      : client_(client), settings_(settings), limit_(limit) {}

  /// None where there is no such topic.
  cluster::StoreResult<std::optional<TopicShape>> shape(const std::string& topic);

  /// The topic's properties by name.
  cluster::StoreResult<std::map<std::string, std::string>> properties(const std::string& topic);

  /// Makes a topic; that there is one by now is success.
  cluster::StoreResult<void> create(const std::string& topic, const TopicShape& shape,
                                    const KafkaProperties& properties);

  cluster::StoreResult<std::string> cluster_id();

 private:
  /// Waits for the one event that answers an order; it, or why there is none that says how it went.
  cluster::StoreResult<KafkaOwned<rd_kafka_event_t>> answer_to(const std::string& what,
                                                               rd_kafka_queue_t* queue) const;
  tl::unexpected<cluster::StoreFault> fault(const std::string& what, rd_kafka_resp_err_t error,
                                            const char* text) const;

  rd_kafka_t* client_;
  const KafkaSettings& settings_;
  std::chrono::milliseconds limit_;
};

}  // namespace hourglass::adapters
