#pragma once

#include <chrono>
#include <cstdint>

#include "store_spike/targets.hpp"

namespace hourglass::store_spike {

struct LoadFigures {
  double commits_per_second = 0;
  double events_per_second = 0;
  double p50_microseconds = 0;  // from handing an event over to knowing that it is durable
  double p99_microseconds = 0;
  std::uint64_t events = 0;
};

/// `clients` clients, each with one event under way at a time, against one thread that commits whatever has
/// gathered (group commit). As in the server, two threads act for all clients and are woken once a commit.
LoadFigures run_clients(CommitTarget& target, unsigned clients, std::chrono::milliseconds duration);

}  // namespace hourglass::store_spike
