#pragma once

#include <chrono>
#include <vector>

#include "cluster/log/partition.hpp"
#include "cluster/stores/store_fault.hpp"

namespace hourglass::cluster {

/// Tells where the log of every partition ends. One thread at a time.
class LogEnds {
 public:
  virtual ~LogEnds() = default;

  /// By partition; every record that was acknowledged before the call is below, as far as the implementation
  /// can tell.
  virtual StoreResult<std::vector<Offset>> ends(std::chrono::milliseconds time_limit) = 0;
};

}  // namespace hourglass::cluster
