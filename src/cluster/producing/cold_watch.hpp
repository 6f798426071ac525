#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "cluster/reading/hour_sources.hpp"
#include "ports/clock.hpp"

namespace hourglass::cluster {

/// When records were appended. One thread at a time.
class LogTimes {
 public:
  virtual ~LogTimes() = default;

  /// Of the first record at or behind the offset; none where there is none yet.
  virtual StoreResult<std::optional<LogTime>> time_of(Partition partition, Offset offset) = 0;
};

/// Tells whether the cold store is so far behind that the log could lose records before it has counted them.
/// One thread at a time.
class ColdWatch {
 public:
  /// `retention`: how long the topic keeps records; none: for ever.
  ColdWatch(std::unique_ptr<ColdReader> cold, std::unique_ptr<LogTimes> log,
            std::optional<std::chrono::milliseconds> retention, const ports::Clock& clock);

  /// Whether any partition's next record is older than half the retention. While the cold store cannot be
  /// reached, by where it stood last; while that is not known either, no.
  StoreResult<bool> is_too_far_behind();

 private:
  std::unique_ptr<ColdReader> cold_;
  std::unique_ptr<LogTimes> log_;
  std::optional<std::chrono::milliseconds> retention_;
  const ports::Clock& clock_;
  std::vector<Offset> progress_;  // the last that is known
};

}  // namespace hourglass::cluster
