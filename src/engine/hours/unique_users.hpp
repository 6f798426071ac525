#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/hours/hour_run.hpp"

namespace hourglass::engine {

/// The users of some hours at one moment, as what the runs hold and what has not gone to one yet.
struct HourUsers {
  std::shared_ptr<const HourRuns> runs;
  std::vector<core::Hour> hours;
  std::vector<std::vector<std::uint64_t>> unsaved;  // hashes, in any order
  std::uint64_t at_most = 0;                        // the hours' unique users added up
};

/// The exact number of different users in all of the hours together. Any thread; it reads the runs once,
/// front to back, and takes about 10 KiB of memory for each run and hour, besides some megabytes.
StoreResult<std::uint64_t> count_unique_users(HourUsers users);

}  // namespace hourglass::engine
