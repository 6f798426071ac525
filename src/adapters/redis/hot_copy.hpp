#pragma once

#include <chrono>
#include <string>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/partition_keys.hpp"
#include "cluster/stores/hot_store.hpp"

namespace hourglass::adapters {

/// What a copy that is not put in place lives, and what time there is for making one.
inline constexpr std::chrono::seconds kCopyLife{3'600};

/// A partition with another fingerprint, as a fault.
cluster::StoreFault other_fingerprint(const std::string& server, const std::string& meta);

/// A copy on its way into Redis, under keys of its own. Uses the connection of its store.
class RedisHotCopy final : public cluster::HotCopy {
 public:
  RedisHotCopy(RedisConnection& connection, const PartitionKeys& keys, const std::string& fingerprint);

  cluster::StoreResult<void> put_keys(std::span<const cluster::RememberedKey> keys) override;
  cluster::StoreResult<void> put_hour(const cluster::HourCopy& hour) override;
  cluster::StoreResult<void> put_users(core::Hour hour, std::span<const cluster::UserId> users) override;
  cluster::StoreResult<bool> put_in_place(std::optional<cluster::Offset> seen,
                                          const cluster::StorePosition& position, const std::string& boots,
                                          core::Hour floor) override;

 private:
  /// Gives how many members or fields that has made.
  cluster::StoreResult<std::int64_t> put(std::vector<RedisCommand> commands, const std::string& key);
  cluster::StoreResult<std::vector<std::string>> user_sets();
  cluster::StoreResult<RedisReply> run_place(const std::vector<std::string>& arguments);

  RedisConnection& connection_;
  const PartitionKeys& keys_;
  const std::string& fingerprint_;
  std::string prefix_;  // of the keys of the copy
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::size_t hours_ = 0;
  std::int64_t key_count_ = 0;
};

}  // namespace hourglass::adapters
