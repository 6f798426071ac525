// Thousands of random histories of a store, each compared with a plain second implementation.

#include "engine/testing/simulation.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/testing/sanitized.hpp"
#include "base/testing/test_seed.hpp"

namespace hourglass::engine {
namespace {

constexpr std::uint64_t kSeeds = base::kSanitized ? 150 : 2000;

/// HOURGLASS_TEST_SEED is one history; otherwise there are many.
std::uint64_t number_of_seeds() {
  if (std::getenv("HOURGLASS_TEST_SEED") != nullptr)
    return 1;
  const char* wanted = std::getenv("HOURGLASS_SIMULATION_SEEDS");
  return wanted != nullptr ? std::stoull(wanted) : kSeeds;
}

TEST(Simulation, EveryHistoryKeepsEveryPromise) {
  const std::uint64_t first = base::test_seed();
  for (std::uint64_t seed = first; seed < first + number_of_seeds(); ++seed) {
    const auto broken = simulate(seed);
    ASSERT_FALSE(broken) << *broken << "\nHOURGLASS_TEST_SEED=" << seed;
  }
}

}  // namespace
}  // namespace hourglass::engine
