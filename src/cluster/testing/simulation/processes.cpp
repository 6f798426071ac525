#include "cluster/testing/simulation/processes.hpp"

#include <utility>

#include "cluster/stores/point_store.hpp"
#include "cluster/testing/simulation/simulated_log.hpp"
#include "cluster/worker/revival.hpp"

namespace hourglass::cluster::simulation {
namespace {

/// Time passes by a millisecond a step of anybody.
constexpr std::chrono::milliseconds kLongestSimulatedLoad{150};

/// The current hour, or one of the two before.
core::Hour recent_hour(World& world) {
  return core::Hour{world.clock.hour().value() - world.random.below(3)};
}

WorkerParts cold_parts(World& world, Servers& servers, Partition partition) {
  constexpr std::array<std::size_t, 3> kUsersInMemory{4, 12, 1'000};
  constexpr std::array<std::uint64_t, 3> kUsersForOneLookUp{1, 2, 1'000};  // sets are small
  PointStoreSettings settings;
  settings.idempotency_window = world.window;
  settings.most_users = world.random.pick(kUsersInMemory);
  settings.most_superseded_totals = 2 + world.random.below(4);
  settings.users_loaded_for_one_look_up = world.random.pick(kUsersForOneLookUp);
  settings.longest_load = kLongestSimulatedLoad;
  settings.batches_between_removals = 1 + world.random.below(4);
  WorkerParts parts;
  parts.store = std::make_unique<PointStore>(
      std::make_unique<SimulatedPointDatabase>(world, servers.cold, partition, DatabaseUse::counting),
      settings, world.clock);
  parts.gather = std::chrono::milliseconds{world.random.percent(30) ? 40 : 0};
  return parts;
}

WorkerParts hot_parts(World& world, Servers& servers, Partition partition) {
  auto store = std::make_unique<SimulatedHotStore>(world, servers.hot, partition);
  const auto cold =
      std::make_shared<SimulatedPointDatabase>(world, servers.cold, partition, DatabaseUse::reviving);
  WorkerParts parts;
  parts.revive = [&world, hot = store.get(), cold](PartitionLog& log, std::optional<Offset> seen) {
    return revive({*cold, log, world.window, world.clock, kLongestSimulatedLoad}, *hot, seen,
                  recent_hour(world));
  };
  parts.store = std::move(store);
  return parts;
}

WorkerParts parts_of(World& world, Servers& servers, Role role, Partition partition) {
  WorkerParts parts =
      role == Role::hot ? hot_parts(world, servers, partition) : cold_parts(world, servers, partition);
  parts.log = std::make_unique<SimulatedLog>(world, servers.logs[partition.value()]);
  parts.wait = [&world](std::chrono::milliseconds) { reach(world); };
  return parts;
}

}  // namespace

WorkerProcess::WorkerProcess(World& world, Servers& servers, Role role, Partition partition)
    : world_(world),
      role_(role),
      loop_(role, parts_of(world, servers, role, partition), world.clock),
      fiber_(world.fibers, [this] { run(); }) {}

void WorkerProcess::run() {
  while (!world_.broken) {
    loop_.step();
    check_alarm();
  }
}

/// Only a refusal is a reason to call for somebody.
void WorkerProcess::check_alarm() {
  const PartitionStatus status = loop_.status();
  if (!status.alarm.empty() && status.alarm != kRefusal)
    world_.fail(std::string(role_ == Role::hot ? "hot" : "cold") + " worker: " + status.alarm);
}

KeeperProcess::KeeperProcess(World& world, Servers& servers, Partition partition)
    : world_(world),
      hot_(world, servers.hot, partition),
      cold_(world, servers.cold, partition, DatabaseUse::looking),
      fiber_(world.fibers, [this] { run(); }) {}

void KeeperProcess::run() {
  while (!world_.broken) {
    reach(world_);
    if (!world_.is_calm)
      drop_hours();
  }
}

void KeeperProcess::drop_hours() {
  const auto position = hot_.load();
  if (!position || !*position)
    return;
  const core::Hour target = recent_hour(world_);
  if (target <= hot_.floor())
    return;
  const auto progress = cold_.newest_progress();
  if (progress)
    (void)hot_.drop(target, *progress ? (*progress)->position.next : Offset{0});
}

}  // namespace hourglass::cluster::simulation
