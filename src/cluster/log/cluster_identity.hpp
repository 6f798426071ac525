#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/siphash.hpp"

namespace hourglass::cluster {

/// All that the numbers of a cluster depend on besides its log.
struct ClusterIdentity {
  std::string secret;  // that all replicas share
  std::uint32_t partitions;
  std::chrono::milliseconds idempotency_window;
  std::string kafka_cluster;  // the id that its brokers tell
  std::string topic;
};

/// What keys the hashes of users.
core::HashKey hash_key(std::string_view secret);

/// A text that is the same for replicas that may work on the same stores, and for no others. Every store
/// keeps it.
std::string fingerprint(const ClusterIdentity& identity);

}  // namespace hourglass::cluster
