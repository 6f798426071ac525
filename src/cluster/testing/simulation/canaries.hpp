#pragma once

#include <span>

#include "cluster/testing/simulation/weakness.hpp"

namespace hourglass::cluster::simulation {

/// Every weakness with its name and its bound.
std::span<const Canary> canaries();

}  // namespace hourglass::cluster::simulation
