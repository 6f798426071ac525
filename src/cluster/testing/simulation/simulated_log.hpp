#pragma once

#include "cluster/log/partition_log.hpp"
#include "cluster/testing/simulation/partition_history.hpp"
#include "cluster/testing/simulation/world.hpp"

namespace hourglass::cluster::simulation {

/// The log of a partition as one worker reads it: a few records at a time, with faults now and then. It does
/// not wait for records.
class SimulatedLog final : public PartitionLog {
 public:
  SimulatedLog(World& world, const PartitionHistory& history) : world_(world), history_(history) {}

  StoreResult<void> seek(Offset offset) override;
  StoreResult<Fetched> fetch(std::size_t most, std::chrono::milliseconds wait) override;
  StoreResult<LogRange> range() override;
  StoreResult<std::optional<Record>> record_at(Offset offset) override;
  void commit(Offset next) override;

 private:
  [[nodiscard]] bool fails();
  [[nodiscard]] Offset first() const;
  [[nodiscard]] std::optional<Record> read(Offset offset) const;

  World& world_;
  const PartitionHistory& history_;
  std::optional<Offset> position_;  // none: a place has to be sought first
};

}  // namespace hourglass::cluster::simulation
