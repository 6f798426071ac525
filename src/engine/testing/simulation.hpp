#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/testing/checked_store.hpp"

namespace hourglass::engine {

/// One history of a store, which follows from the seed alone: weeks in which events come, in time and late,
/// once and again; clocks jump, disks fail and are full, power is cut, and the store is opened again. The
/// promise that was broken in it, if any. `machine`: to prove that a weaker one is found out.
std::optional<std::string> simulate(std::uint64_t seed, const Machine& machine = {});

}  // namespace hourglass::engine
