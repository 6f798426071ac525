#pragma once

#include <memory>
#include <vector>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/settings.hpp"
#include "cluster/reading/hour_sources.hpp"

namespace hourglass::adapters {

/// Reads hours of all partitions, by one connection to each server. What is asked of every server is on its
/// way before the first answer is waited for, so a read takes the call limit at the most, whichever servers
/// hang.
class RedisHotReader final : public cluster::HotReader {
 public:
  /// Does not connect yet.
  explicit RedisHotReader(const RedisSettings& settings);

  std::vector<cluster::HotAnswer> read(std::span<const core::Hour> hours) override;

 private:
  RedisSettings settings_;
  std::vector<std::unique_ptr<RedisConnection>> connections_;  // by endpoint
};

}  // namespace hourglass::adapters
