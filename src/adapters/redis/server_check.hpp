#pragma once

#include "adapters/redis/settings.hpp"
#include "cluster/stores/store_fault.hpp"

namespace hourglass::adapters {

/// Looks at every server before a process joins: that it answers, takes user and password, is Redis 6.2 or
/// newer, is no member of a Redis Cluster, never removes keys to win memory, and runs scripts. What waiting
/// does not mend is for a person, and names the setting or the server. Blocks for as long as some calls to
/// each server may take.
cluster::StoreResult<void> check_redis(const RedisSettings& settings);

}  // namespace hourglass::adapters
