#pragma once

#include <chrono>
#include <optional>

#include "cluster/log/partition_log.hpp"
#include "cluster/stores/hot_store.hpp"
#include "cluster/stores/point_database.hpp"
#include "ports/clock.hpp"

namespace hourglass::cluster {

/// What a hot store is brought back from.
struct RevivalSources {
  PointDatabase& cold;
  PartitionLog& log;
  std::chrono::milliseconds idempotency_window;
  const ports::Clock& clock;
  std::chrono::nanoseconds longest_load = kLongestLoad;
};

/// Brings a copy of the cold store's state into the hot store, which was found to stand at `seen`: all hours
/// from `floor` on with their users, and what tells duplicates, so that the hot store can go on in the log
/// from where the copy stands. While the cold store cannot be reached and the log begins at 0, the empty
/// state at 0 serves: the whole log follows. False if somebody else has moved the hot store meanwhile;
/// nothing has changed then.
StoreResult<bool> revive(const RevivalSources& sources, HotStore& hot, std::optional<Offset> seen,
                         core::Hour floor);

}  // namespace hourglass::cluster
