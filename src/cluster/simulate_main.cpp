// simulate_cluster [SEEDS] [FIRST]: runs that many histories of testing/simulation/, from that seed on.
// simulate_cluster canaries [SEEDS] [FIRST]: how soon each weakened cluster is found out.

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>
#include <span>
#include <string>

#include "cluster/testing/simulation/canaries.hpp"
#include "cluster/testing/simulation/simulation.hpp"

namespace hourglass::cluster::simulation {
namespace {

/// Of a processor, so that others do not count.
double seconds_since(std::clock_t began) {
  return static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
}

void print(const Counts& counts) {
  std::cout << counts.events << " events, " << counts.acknowledged << " acknowledged, " << counts.duplicates
            << " duplicate records, " << counts.faults << " faults, " << counts.crashes
            << " crashes; hot store: " << counts.hot_lost << " times lost, " << counts.hot_rolled_back
            << " rolled back, " << counts.revived << " revived, " << counts.dropped << " drops, "
            << counts.moved << " fenced, " << counts.corrupt << " found corrupt; " << counts.strong_answers
            << " strong answers, " << counts.strong_refusals << " refusals, " << counts.fast_answers
            << " fast answers, " << counts.late_answers << " of them late, " << counts.day_answers
            << " of days; partitions read hot " << counts.hot_answers << ", cold " << counts.cold_answers
            << "; cold sets of users: " << counts.sets_loaded << " loaded, " << counts.look_ups
            << " times looked up\n";
}

int run_histories(std::uint64_t seeds, std::uint64_t first) {
  const auto began = std::clock();
  std::uint64_t failed = 0;
  Counts counts;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    Simulation simulation(seed);
    if (const auto broken = simulation.run()) {
      ++failed;
      std::cout << "seed " << seed << ": " << *broken << std::endl;
    }
    counts.add(simulation.counts());
  }
  print(counts);
  std::cout << seeds << " histories from seed " << first << ", " << failed << " failed, "
            << static_cast<double>(seeds) / seconds_since(began) << " a second of a core\n";
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// Every canary as often as it takes to be found some times, so that its bound can be told.
bool run_canary(const Canary& canary, std::uint64_t seeds, std::uint64_t first) {
  constexpr std::uint64_t kOftenEnough = 20;
  std::uint64_t found = 0;
  std::uint64_t tried = 0;
  std::string what;
  for (; tried < seeds && found < kOftenEnough; ++tried) {
    if (const auto broken = simulate(first + tried, canary.weakness)) {
      ++found;
      what = *broken;
    }
  }
  std::cout << canary.name << ": " << found << " of " << tried << " seeds, bound " << canary.seeds << "; "
            << what << std::endl;
  return found > 0;
}

int run_canaries(std::uint64_t seeds, std::uint64_t first) {
  bool are_all_found = true;
  for (const Canary& canary : canaries())
    are_all_found &= run_canary(canary, seeds, first);
  return are_all_found ? EXIT_SUCCESS : EXIT_FAILURE;
}

int run(std::span<char*> arguments) {
  const bool wants_canaries = !arguments.empty() && std::string_view(arguments[0]) == "canaries";
  if (wants_canaries)
    arguments = arguments.subspan(1);
  const std::uint64_t seeds = !arguments.empty() ? std::stoull(arguments[0]) : 10'000;
  const std::uint64_t first = arguments.size() > 1 ? std::stoull(arguments[1]) : std::random_device{}();
  return wants_canaries ? run_canaries(seeds, first) : run_histories(seeds, first);
}

}  // namespace
}  // namespace hourglass::cluster::simulation

int main(int count, char** arguments) {
  return hourglass::cluster::simulation::run(
      std::span(arguments, static_cast<std::size_t>(count)).subspan(1));
}
