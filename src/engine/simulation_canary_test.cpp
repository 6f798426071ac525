// Whether the simulation finds out a store that is weaker than it should be: each of these breaks one thing.

#include <iostream>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "engine/testing/simulation.hpp"
#include "engine/testing/weak_machines.hpp"

namespace hourglass::engine {
namespace {

struct Canary {
  const char* name;
  Machine (*machine)();
  std::uint64_t seeds;  // within so many it has to be found
};

class SimulationCanary : public ::testing::TestWithParam<Canary> {};

TEST_P(SimulationCanary, IsFoundOut) {
  const Canary canary = GetParam();
  const std::uint64_t first = base::test_seed();
  for (std::uint64_t number = 0; number < canary.seeds; ++number) {
    if (const auto broken = simulate(first + number, canary.machine())) {
      std::cout << canary.name << ": " << number + 1 << " of at most " << canary.seeds << " seeds, \""
                << *broken << "\"\n";
      return;
    }
  }
  FAIL() << canary.name << " was not found out by " << canary.seeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(
    Every, SimulationCanary,
    ::testing::Values(
        Canary{"LogIsNotSynced", weak_machines::log_is_not_synced, 200},
        Canary{"RunsAreNotSynced", weak_machines::runs_are_not_synced, 200},
        Canary{"NamesOfRunsAreNotSynced", weak_machines::names_of_runs_are_not_synced, 200},
        Canary{"NamesOfEventFilesAreNotSynced", weak_machines::names_of_event_files_are_not_synced, 500},
        Canary{"SupersededRunsGoFirst", weak_machines::superseded_runs_go_first, 6000},
        Canary{"SegmentsGoEarly", weak_machines::segments_go_early, 50},
        Canary{"LogIsNotRewrittenAtOpening", weak_machines::log_is_not_rewritten_at_opening, 2000},
        Canary{"LogIsWrittenLate", weak_machines::log_is_written_late, 50},
        Canary{"RunsOfHoursLoseAUser", weak_machines::runs_of_hours_lose_a_user, 100},
        Canary{"RunsOfKeysLoseAKey", weak_machines::runs_of_keys_lose_a_key, 100},
        Canary{"ClockJumpsPassForTime", weak_machines::clock_jumps_pass_for_time, 200},
        Canary{"SpaceSeemsEndless", weak_machines::space_seems_endless, 200}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hourglass::engine
