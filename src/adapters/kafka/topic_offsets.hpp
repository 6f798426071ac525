#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "adapters/kafka/kafka_handle.hpp"
#include "cluster/log/partition.hpp"

namespace hourglass::adapters {

/// Which end of a partition.
enum class LogEnd : std::uint8_t { first, end };

/// Asks the leaders of these partitions where the log begins or ends, and asks again while a partition has no
/// leader. In the order of `partitions`; all or a fault, within about `limit`. The answer is from after the
/// call. Callable from every thread.
cluster::StoreResult<std::vector<cluster::Offset>> list_offsets(
    rd_kafka_t* client, const KafkaSettings& settings, const std::vector<cluster::Partition>& partitions,
    LogEnd which, std::chrono::milliseconds limit);

}  // namespace hourglass::adapters
