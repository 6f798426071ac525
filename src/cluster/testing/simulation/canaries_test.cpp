// Whether the simulation finds out a cluster that is weaker than it should be: each of these breaks one
// thing.

#include "cluster/testing/simulation/canaries.hpp"

#include <iostream>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "cluster/testing/simulation/simulation.hpp"

namespace hourglass::cluster::simulation {
namespace {

class ClusterCanary : public ::testing::TestWithParam<Canary> {};

TEST_P(ClusterCanary, IsFoundOut) {
  const Canary& canary = GetParam();
  const std::uint64_t first = base::test_seed();
  for (std::uint64_t number = 0; number < canary.seeds; ++number) {
    if (const auto broken = simulate(first + number, canary.weakness)) {
      std::cout << canary.name << ": " << number + 1 << " of at most " << canary.seeds << " seeds, \""
                << *broken << "\"\n";
      return;
    }
  }
  FAIL() << canary.name << " was not found out by " << canary.seeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Every, ClusterCanary, ::testing::ValuesIn(canaries().begin(), canaries().end()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hourglass::cluster::simulation
