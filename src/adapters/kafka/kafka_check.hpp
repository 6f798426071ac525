#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/kafka_settings.hpp"
#include "cluster/log/partition.hpp"
#include "cluster/stores/store_fault.hpp"
#include "ports/log.hpp"

namespace hourglass::adapters {

/// What the rest of the program needs to know about the log before it begins.
struct KafkaFacts {
  std::string cluster_id;
  std::optional<std::chrono::milliseconds> retention;  // none: nothing is ever removed
  std::vector<cluster::Offset> log_starts;             // by partition
};

/// A worker that was away for less must find the log as it left it.
inline constexpr std::chrono::hours kLeastRetention{72};

/// Looks whether the topic is as the protocol needs it, and creates it and the dead-letter topic where they
/// are missing and the settings say so. What is wrong is a fault for a person, which names the setting or the
/// topic's property, and what it is to be; that Kafka does not answer is one that may pass. Takes a few times
/// the settings' time for an answer at most.
cluster::StoreResult<KafkaFacts> check_kafka(const KafkaSettings& settings, ports::Log& log);

}  // namespace hourglass::adapters
