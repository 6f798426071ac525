// simulate [SEEDS] [FIRST]: runs that many histories of testing/simulation.hpp, from that seed on.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "engine/testing/simulation.hpp"

int main(int argument_count, char** arguments) {
  const std::uint64_t seeds = argument_count > 1 ? std::stoull(arguments[1]) : 10'000;
  const std::uint64_t first = argument_count > 2 ? std::stoull(arguments[2]) : std::random_device{}();
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t failed = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    if (const auto broken = hourglass::engine::simulate(seed)) {
      ++failed;
      std::cout << "seed " << seed << ": " << *broken << std::endl;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << seeds << " histories from seed " << first << ", " << failed << " failed, "
            << static_cast<double>(seeds) / took.count() << " a second\n";
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
