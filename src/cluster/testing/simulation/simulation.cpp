#include "cluster/testing/simulation/simulation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hourglass::cluster::simulation {
namespace {

constexpr int kSteps = 1'000;
constexpr std::size_t kReaders = 3;
constexpr std::size_t kMostWorkers = 3;  // of a partition and a store, at once
constexpr int kMostRounds = 4'000;       // until all has to have come to its end
constexpr int kZombieRounds = 30;        // in which those that were late do what they had begun

std::string of_partition(Partition partition) {
  return " of partition " + std::to_string(partition.value());
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, Weakness weakness)
    : world_(seed, weakness),
      servers_(world_),
      clients_(world_, servers_.logs),
      hot_(world_.partitions),
      cold_(world_.partitions) {
  for (std::uint32_t index = 0; index < world_.partitions; ++index) {
    hot_[index].push_back(start(Role::hot, Partition{index}));
    cold_[index].push_back(start(Role::cold, Partition{index}));
    keepers_.push_back(std::make_unique<KeeperProcess>(world_, servers_, Partition{index}));
  }
  for (std::size_t count = 0; count < kReaders; ++count)
    readers_.push_back(std::make_unique<Reader>(world_, servers_, clients_, told_));
  constexpr std::array<std::int64_t, 3> kRetentions{60 * kTick, 160 * kTick, 400 * kTick};
  retention_ = world_.random.pick(kRetentions);
}

std::unique_ptr<WorkerProcess> Simulation::start(Role role, Partition partition) {
  return std::make_unique<WorkerProcess>(world_, servers_, role, partition);
}

Simulation::Workers& Simulation::workers(Role role, Partition partition) {
  return (role == Role::hot ? hot_ : cold_)[partition.value()];
}

std::optional<std::string> Simulation::run() {
  for (int count = 0; count < kSteps && !world_.broken; ++count)
    step();
  if (!world_.broken)
    settle();
  if (!world_.broken)
    check_end();
  count_events();
  return world_.broken;
}

/// Who goes on is a matter of chance.
void Simulation::step() {
  Random& random = world_.random;
  ++world_.steps;
  world_.clock.stepped();
  const std::uint64_t who = random.below(1'000);
  if (who < 90) {
    clients_.send();
  } else if (who < 235) {
    clients_.produce();
  } else if (who < 270) {
    world_.clock.pass(random.between(1, 3));
    clients_.arrive();
    servers_.cold.land_some_delayed();
  } else if (who < 470) {
    random.pick(random.pick(hot_))->step();
  } else if (who < 720) {
    random.pick(random.pick(cold_))->step();
  } else if (who < 765) {
    random.pick(keepers_)->step();
  } else if (who < 965) {
    random.pick(readers_)->step();
  } else {
    do_fault();
  }
}

void Simulation::do_fault() {
  Random& random = world_.random;
  ++world_.counts.faults;
  const Partition partition{static_cast<std::uint32_t>(random.below(world_.partitions))};
  switch (random.below(12)) {
    case 0: random.pick(readers_)->restart(); return clients_.lose_replica();
    case 1: return replace(Role::hot, partition);
    case 2: return replace(Role::cold, partition);
    case 3: return crash(Role::hot, partition);
    case 4: return crash(Role::cold, partition);
    case 5: return clients_.change_leader(partition);
    case 6:
      if (random.percent(70))
        return servers_.logs[partition.value()].append_marker(clients_.log_time(partition));
      return servers_.logs[partition.value()].append_foreign(clients_.log_time(partition));
    case 10: {
      auto& until = random.percent(80) ? servers_.cold.is_down_until : servers_.cold.refuses_until;
      until = world_.steps + random.below(300);
      return;
    }
    case 11: return forget_records();
    default: return fail_hot(random.below(100), partition);
  }
}

void Simulation::fail_hot(std::uint64_t which, Partition partition) {
  if (which < 33)
    servers_.hot.take_snapshot();
  else if (which < 53)
    servers_.hot.roll_back(world_.random.percent(40));
  else if (which < 66)
    servers_.hot.lose_all();
  else if (which < 80)
    servers_.hot.corrupt(partition);
  else if (which < 90)
    servers_.hot.is_down_until = world_.steps + world_.random.below(100);
}

/// The old owner goes on as a zombie.
void Simulation::replace(Role role, Partition partition) {
  Workers& owners = workers(role, partition);
  owners.push_back(start(role, partition));
  if (owners.size() > kMostWorkers)
    owners.erase(owners.begin());
}

/// Wherever it is.
void Simulation::crash(Role role, Partition partition) {
  ++world_.counts.crashes;
  world_.random.pick(workers(role, partition)) = start(role, partition);
}

/// Events are refused before the log forgets what the cold store has not counted.
void Simulation::forget_records() {
  const bool is_guarded = !world_.is(Weakness::skipping);
  const std::int64_t kept = is_guarded ? retention_ : 20 * kTick;
  for (std::uint32_t index = 0; index < world_.partitions; ++index) {
    PartitionHistory& log = servers_.logs[index];
    log.forget(LogTime{world_.clock.milliseconds() - kept},
               is_guarded ? servers_.cold.points(Partition{index}).progress_next() : log.end());
  }
}

/// No more faults: everything that is under way comes to its end. A last loss while nothing comes any more
/// has to be seen too.
void Simulation::settle() {
  world_.is_calm = true;
  servers_.hot.is_down_until = servers_.cold.is_down_until = servers_.cold.refuses_until = 0;
  clients_.finish();
  servers_.cold.land_all_delayed();
  wait_until_settled();
  for (int round = 0; round < kZombieRounds && !world_.broken; ++round)
    step_all();
  if (world_.random.percent(30)) {
    world_.random.percent(50) ? servers_.hot.lose_all() : servers_.hot.roll_back(true);
    wait_until_settled();
  }
}

void Simulation::wait_until_settled() {
  for (int round = 0; round < kMostRounds && !is_settled() && !world_.broken; ++round)
    step_all();
}

void Simulation::step_all() {
  ++world_.steps;
  world_.clock.stepped();
  for (const auto* all : {&hot_, &cold_}) {
    for (const Workers& owners : *all) {
      for (const auto& worker : owners)
        worker->step();
    }
  }
}

bool Simulation::is_settled() const {
  for (std::uint32_t index = 0; index < world_.partitions; ++index) {
    const Offset end = servers_.logs[index].end();
    const PartitionState* const hot = servers_.hot.state(Partition{index});
    if (hot == nullptr || hot->position().next < end ||
        servers_.cold.points(Partition{index}).progress_next() < end)
      return false;
  }
  return true;
}

void Simulation::check_end() {
  for (const auto& [partition, intention] : clients_.acknowledged()) {
    if (!servers_.logs[partition.value()].first_of(intention))
      world_.fail("an acknowledged event is not in the log");
  }
  for (std::uint32_t index = 0; index < world_.partitions; ++index) {
    check_cold(Partition{index});
    check_hot(Partition{index});
  }
  if (!world_.broken)
    check_reads();
}

void Simulation::check_cold(Partition partition) {
  const PartitionHistory& log = servers_.logs[partition.value()];
  const PartitionPoints& points = servers_.cold.points(partition);
  if (points.progress_next() != log.end())
    return world_.fail("the cold store" + of_partition(partition) + " is stuck");
  for (const Period period : log.periods()) {
    const auto rows = points.totals.find(period);
    const core::Totals totals =
        rows == points.totals.end() || rows->second.empty() ? core::Totals{} : rows->second.rbegin()->second;
    const core::Totals expected = log.totals(period, log.end());
    if (totals != expected)
      world_.fail("in the end the cold store" + of_partition(partition) + " has " + text_of(totals) +
                  " instead of " + text_of(expected));
  }
}

void Simulation::check_hot(Partition partition) {
  const PartitionHistory& log = servers_.logs[partition.value()];
  const PartitionState* const state = servers_.hot.state(partition);
  if (state == nullptr || state->position().next != log.end())
    return world_.fail("the hot store" + of_partition(partition) + " is stuck");
  for (const Period period : log.periods()) {
    const core::Hour hour{period.index};
    if (period.unit != Period::Unit::hour || hour < state->floor())
      continue;
    const core::Totals expected = log.totals(period, log.end());
    if (state->totals(hour) != expected)
      world_.fail("in the end the hot store" + of_partition(partition) + " has " +
                  text_of(state->totals(hour)) + " instead of " + text_of(expected));
  }
}

/// A replica that starts now answers the same, also where the hot store dies.
void Simulation::check_reads() {
  if (world_.random.percent(50))
    servers_.hot.lose_all();
  for (const Period period : servers_.logs[0].periods()) {
    if (period.unit != Period::Unit::hour)
      continue;
    core::Totals expected;
    for (const PartitionHistory& log : servers_.logs)
      expected.add(log.totals(period, log.end()));
    Reader& reader = *readers_.front();
    if (const core::Totals answer = reader.read_now(core::Hour{period.index}); answer != expected)
      world_.fail("a fast read in the end answers " + text_of(answer) + " instead of " + text_of(expected));
  }
}

void Simulation::count_events() {
  for (const PartitionHistory& log : servers_.logs) {
    world_.counts.events += log.intentions();
    world_.counts.duplicates += log.repetitions();
  }
  world_.counts.acknowledged += clients_.acknowledged().size();
}

std::optional<std::string> simulate(std::uint64_t seed, Weakness weakness) {
  return Simulation(seed, weakness).run();
}

}  // namespace hourglass::cluster::simulation
