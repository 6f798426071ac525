#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace hourglass::base {

/// The seed of a random test: printed, and taken back from HOURGLASS_TEST_SEED.
inline std::uint64_t test_seed() {
  const char* given = std::getenv("HOURGLASS_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::cout << "HOURGLASS_TEST_SEED=" << seed << '\n';
  return seed;
}

}  // namespace hourglass::base
