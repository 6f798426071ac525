#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cluster/stores/point_store.hpp"
#include "cluster/testing/simulation/processes.hpp"
#include "cluster/testing/simulation/simulated_log.hpp"
#include "cluster/testing/simulation/world.hpp"

namespace hourglass::cluster {

/// One partition of a cluster on the simulated servers, where nothing fails unless a test says so.
class CalmCluster {
 public:
  static constexpr Partition kPartition{0};
  static constexpr core::Hour kHour{480'000};
  static constexpr std::chrono::milliseconds kWindow{simulation::kWindow};

  CalmCluster() : world(1, simulation::Weakness::none), servers(world) { world.is_calm = true; }

  /// Appends a click to the log; each is an intention of its own.
  void append(std::uint64_t user, core::Hour hour = kHour, std::optional<std::uint8_t> key = std::nullopt) {
    ++sequence_;
    CountedEvent event{{BootId{1}, sequence_}, std::nullopt, hour, core::Kind::click, UserId{user}};
    if (key)
      event.key = KeyDigest{*key};
    log().append(LogTime{time}, event, sequence_);
  }

  [[nodiscard]] simulation::PartitionHistory& log() { return servers.logs[0]; }
  [[nodiscard]] simulation::PartitionPoints& points() { return servers.cold.points(kPartition); }

  /// The records in [from, to).
  std::vector<Record> records(std::int64_t from, std::int64_t to) {
    std::vector<Record> found;
    for (std::int64_t offset = from; offset < to; ++offset) {
      if (const auto& record = log().at(Offset{offset}))
        found.push_back(*record);
    }
    return found;
  }

  std::unique_ptr<simulation::SimulatedPointDatabase> open_cold() {
    return std::make_unique<simulation::SimulatedPointDatabase>(world, servers.cold, kPartition,
                                                                simulation::DatabaseUse::counting);
  }
  std::unique_ptr<simulation::SimulatedHotStore> open_hot() {
    return std::make_unique<simulation::SimulatedHotStore>(world, servers.hot, kPartition);
  }
  std::unique_ptr<simulation::SimulatedLog> open_log() {
    return std::make_unique<simulation::SimulatedLog>(world, log());
  }

  /// From now on the cold store does not answer; until it is mended.
  void cut_cold() { servers.cold.is_down_until = UINT64_MAX; }
  void mend_cold() { servers.cold.is_down_until = 0; }

  simulation::World world;
  simulation::Servers servers;
  std::int64_t time = 1'000'000'000;  // of the records that follow, ms

 private:
  std::uint64_t sequence_ = 0;
};

}  // namespace hourglass::cluster
