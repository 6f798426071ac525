#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/reading/hour_sources.hpp"
#include "cluster/stores/hot_store.hpp"
#include "cluster/testing/partition_state.hpp"
#include "cluster/testing/simulation/world.hpp"

namespace hourglass::cluster::simulation {

/// The server behind the hot store: what it holds of each partition, and how it loses that.
class HotServer {
 public:
  explicit HotServer(World& world) : world_(world), states_(world.partitions) {}

  /// None: nothing is there.
  [[nodiscard]] const PartitionState* state(Partition partition) const {
    return states_[partition.value()].get();
  }

  void put(Partition partition, PartitionState state);
  void apply(Partition partition, Offset to, std::span<const Record> records);
  void raise_floor(Partition partition, core::Hour floor);

  /// Forgets the users of hours below, and keeps their totals.
  void expire_users(Partition partition, core::Hour below);

  /// Loses a user of an hour.
  void corrupt(Partition partition);
  void take_snapshot();
  void lose_all();
  /// Comes back from the last snapshot, or from the oldest.
  void roll_back(bool far);

  /// Does not answer before this step.
  std::uint64_t is_down_until = 0;

  /// Grows when it loses data: copies that were on their way are lost with it.
  [[nodiscard]] std::uint64_t losses() const { return losses_; }

 private:
  using States = std::vector<std::shared_ptr<const PartitionState>>;

  template <typename Change>
  void change(Partition partition, Change change);

  World& world_;
  States states_;
  std::vector<States> snapshots_;
  std::uint64_t losses_ = 0;
};

/// The hot store of one partition as its worker has it: every call is one step of the server, which may fail
/// before it or after it.
class SimulatedHotStore final : public HotStore {
 public:
  SimulatedHotStore(World& world, HotServer& server, Partition partition)
      : world_(world), server_(server), partition_(partition) {}

  StoreResult<std::optional<StorePosition>> load() override;
  StoreResult<std::optional<Offset>> next() override;
  ApplyResult apply(Offset from, Offset to, std::span<const Record> records) override;
  StoreResult<std::unique_ptr<HotCopy>> begin_copy() override;
  StoreResult<bool> drop(core::Hour target, Offset cold_next) override;
  [[nodiscard]] core::Hour floor() const override { return floor_; }
  StoreResult<std::uint64_t> hours_after(core::Hour hour) override;

 private:
  class Copy;

  [[nodiscard]] bool arrives();
  [[nodiscard]] bool reply_is_lost();
  [[nodiscard]] bool is_corrupt(const PartitionState& state, std::span<const Record> records) const;

  World& world_;
  HotServer& server_;
  const Partition partition_;
  core::Hour floor_;
  std::optional<Offset> known_;  // where the store stood last
};

/// Reads from the server: one step a partition.
class SimulatedHotReader final : public HotReader {
 public:
  SimulatedHotReader(World& world, HotServer& server)
      : world_(world), server_(server), newest_(world.partitions) {}

  std::vector<HotAnswer> read(std::span<const core::Hour> hours) override;

  /// Whether a server did not answer since this was asked last.
  bool take_failure() { return std::exchange(failed_, false); }

 private:
  HotHour hour_of(Partition partition, core::Hour hour);
  void look_elsewhere(Partition partition);

  World& world_;
  HotServer& server_;
  std::vector<Offset> newest_;  // for Weakness::next_from_elsewhere
  bool failed_ = false;
};

}  // namespace hourglass::cluster::simulation
