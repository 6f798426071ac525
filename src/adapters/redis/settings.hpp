#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/log/partition.hpp"

namespace hourglass::adapters {

/// Where a server of Redis listens.
struct RedisEndpoint {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const RedisEndpoint&, const RedisEndpoint&) = default;
};

inline constexpr std::uint16_t kRedisPort = 6379;

/// Reads `host`, `host:port` or `[address]:port`; nothing where it is none of these.
std::optional<RedisEndpoint> parse_redis_endpoint(std::string_view text);

/// For people: "redis-1:6379".
std::string to_string(const RedisEndpoint& endpoint);

/// How the hot store is reached. The same on every replica but for the time limits.
struct RedisSettings {
  std::vector<RedisEndpoint> endpoints;  // at least one; partition p lives on number p modulo how many
  std::string user;                      // empty: the default one
  std::string password;                  // empty: none is asked for
  std::string topic;                     // every key begins with it
  std::uint32_t partitions = 0;
  std::string fingerprint;  // of the inputs of the numbers: stores made with another one are refused
  std::chrono::milliseconds window{std::chrono::hours{24}};  // in which keys are remembered
  std::chrono::milliseconds connect_limit{std::chrono::seconds{1}};
  std::chrono::milliseconds call_limit{std::chrono::seconds{2}};  // of a call, connecting included
};

/// The endpoint on which a partition lives, by its place in the list.
inline std::size_t endpoint_of(const RedisSettings& settings, cluster::Partition partition) {
  return partition.value() % settings.endpoints.size();
}

}  // namespace hourglass::adapters
