#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/settings.hpp"
#include "cluster/reading/hour_sources.hpp"

namespace hourglass::adapters {

/// How long a server that did not answer is not asked.
inline constexpr std::chrono::seconds kReaderRest{1};

/// Reads hours of all partitions, by one connection to each server. What is asked of every server is on its
/// way before the first answer is waited for, so a read takes the call limit at the most, whichever servers
/// hang. A server that did not answer is not asked for kReaderRest: reads meanwhile fail at once for its
/// partitions, so that only the first one waits. An error that it answers is an answer.
class RedisHotReader final : public cluster::HotReader {
 public:
  /// Does not connect yet.
  explicit RedisHotReader(const RedisSettings& settings);

  std::vector<cluster::HotAnswer> read(std::span<const core::Hour> hours) override;

 private:
  struct Server {
    std::unique_ptr<RedisConnection> connection;
    std::optional<cluster::StoreFault> fault;           // why it rests
    std::chrono::steady_clock::time_point rests_until;  // where there is a fault
  };

  void begin(std::span<const core::Hour> hours);
  static cluster::StoreResult<std::vector<RedisReply>> finish(Server& server);
  [[nodiscard]] cluster::HotAnswer answer_of(const redisReply& reply, const Server& server,
                                             std::span<const core::Hour> hours) const;

  RedisSettings settings_;
  std::vector<Server> servers_;  // by endpoint
};

}  // namespace hourglass::adapters
