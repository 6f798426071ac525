#pragma once

#include <memory>
#include <optional>
#include <span>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/partition_keys.hpp"
#include "adapters/redis/settings.hpp"
#include "cluster/stores/hot_store.hpp"

namespace hourglass::adapters {

/// One partition in Redis, by a connection of its own. Every change is one script, so it happens wholly or
/// not at all. A server runs nothing else meanwhile: calls of up to 2 000 records keep that to some 10 ms;
/// more are counted just as well, and make others wait. A fingerprint that is not that of the settings is a
/// fault that a person has to mend, in every call. What is not of the form that this class writes is as good
/// as nothing in load(), and Corrupt in apply(); so is a partition of which a script was torn, see
/// scripts.hpp, in whose place a copy may be put whatever was seen. One thread at a time.
class RedisHotStore final : public cluster::HotStore {
 public:
  /// Does not connect yet.
  RedisHotStore(const RedisSettings& settings, cluster::Partition partition);

  cluster::StoreResult<std::optional<cluster::StorePosition>> load() override;
  cluster::StoreResult<std::optional<cluster::Offset>> next() override;
  cluster::ApplyResult apply(cluster::Offset from, cluster::Offset to,
                             std::span<const cluster::Record> records) override;
  /// The copy uses the connection of this store, which has to outlive it.
  cluster::StoreResult<std::unique_ptr<cluster::HotCopy>> begin_copy() override;
  cluster::StoreResult<bool> drop(core::Hour target, cluster::Offset cold_next) override;
  [[nodiscard]] core::Hour floor() const override { return floor_; }
  cluster::StoreResult<std::uint64_t> hours_after(core::Hour hour) override;

 private:
  [[nodiscard]] cluster::StoreFault nonsense() const;

  RedisConnection connection_;
  PartitionKeys keys_;
  std::string fingerprint_;
  std::chrono::milliseconds window_;
  core::Hour floor_;
  RedisScript apply_script_;
  RedisScript drop_script_;
};

}  // namespace hourglass::adapters
