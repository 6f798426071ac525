// Thousands of random histories of a cluster, each compared with what its log says.

#include "cluster/testing/simulation/simulation.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/testing/sanitized.hpp"
#include "base/testing/test_seed.hpp"

namespace hourglass::cluster::simulation {
namespace {

constexpr std::uint64_t kSeeds = base::kSanitized ? 300 : 10'000;

/// HOURGLASS_TEST_SEED is one history; otherwise there are many.
std::uint64_t number_of_seeds() {
  if (std::getenv("HOURGLASS_TEST_SEED") != nullptr)
    return 1;
  const char* wanted = std::getenv("HOURGLASS_SIMULATION_SEEDS");
  return wanted != nullptr ? std::stoull(wanted) : kSeeds;
}

TEST(ClusterSimulation, EveryHistoryKeepsEveryPromise) {
  const std::uint64_t first = base::test_seed();
  for (std::uint64_t seed = first; seed < first + number_of_seeds(); ++seed) {
    const auto broken = simulate(seed);
    ASSERT_FALSE(broken) << *broken << "\nHOURGLASS_TEST_SEED=" << seed;
  }
}

TEST(ClusterSimulation, IsTheSameForTheSameSeed) {
  Simulation first(1);
  Simulation second(1);
  EXPECT_EQ(first.run(), second.run());
  EXPECT_EQ(first.counts(), second.counts());
}

}  // namespace
}  // namespace hourglass::cluster::simulation
