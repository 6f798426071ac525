#pragma once

#include <memory>
#include <vector>

#include "cluster/testing/simulation/partition_history.hpp"
#include "cluster/testing/simulation/simulated_hot_store.hpp"
#include "cluster/testing/simulation/simulated_points.hpp"
#include "cluster/testing/simulation/world.hpp"
#include "cluster/worker/worker_loop.hpp"

namespace hourglass::cluster::simulation {

/// The servers that processes speak to.
struct Servers {
  explicit Servers(World& world) : logs(world.partitions), hot(world), cold(world) {}

  std::vector<PartitionHistory> logs;
  HotServer hot;
  PointServer cold;
};

/// A worker of a partition, from its start to its crash.
class WorkerProcess {
 public:
  WorkerProcess(World& world, Servers& servers, Role role, Partition partition);

  /// Up to the next call to a server.
  void step() { fiber_.resume(); }

 private:
  void run();
  void check_alarm();

  World& world_;
  const Role role_;
  WorkerLoop loop_;
  Fiber fiber_;
};

/// What makes hours leave the hot store: asks the cold store where it stands, then drops.
class KeeperProcess {
 public:
  KeeperProcess(World& world, Servers& servers, Partition partition);

  void step() { fiber_.resume(); }

 private:
  void run();
  void drop_hours();

  World& world_;
  SimulatedHotStore hot_;
  SimulatedPointDatabase cold_;
  Fiber fiber_;
};

}  // namespace hourglass::cluster::simulation
