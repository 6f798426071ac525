#pragma once

#include "cluster/log/partition_log.hpp"
#include "cluster/stores/partition_store.hpp"

namespace hourglass::cluster {

/// Whether a store can go on in a log.
enum class LogMatch : std::uint8_t {
  same,    // yes
  behind,  // the log no longer has what comes next
  other,   // this is not the log that the store has counted
};

/// Compares the place, and the last record below it, with what the log has.
StoreResult<LogMatch> compare_with_log(const StorePosition& position, PartitionLog& log);

}  // namespace hourglass::cluster
