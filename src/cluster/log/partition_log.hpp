#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "cluster/log/record.hpp"
#include "cluster/stores/store_fault.hpp"

namespace hourglass::cluster {

/// Which offsets the log of a partition holds: [first, end).
struct LogRange {
  Offset first;
  Offset end;
};

/// What a worker got: every record of [where it stood, next), and that there is nothing between them.
struct Fetched {
  std::vector<Record> records;
  Offset next;    // behind the last record, or behind what takes offsets without being a record
  Offset end{0};  // of the log, as the broker said last; for those who watch lags
};

/// One partition of the log as its worker reads it. Used by the worker's thread.
class PartitionLog {
 public:
  virtual ~PartitionLog() = default;

  /// From now on fetch() gives the records from this offset on.
  virtual StoreResult<void> seek(Offset offset) = 0;

  /// Waits up to `wait` for a first record and takes what there is, up to `most`. No records and next where
  /// it stood: there was nothing. A fault, for example because the offset is no longer in the log: seek()
  /// again.
  virtual StoreResult<Fetched> fetch(std::size_t most, std::chrono::milliseconds wait) = 0;

  virtual StoreResult<LogRange> range() = 0;

  /// The record at this offset; none where there is none. Does not disturb fetch().
  virtual StoreResult<std::optional<Record>> record_at(Offset offset) = 0;

  /// Tells the broker how far the group is, some time, for those who watch lags; nothing depends on it.
  virtual void commit(Offset next) = 0;
};

}  // namespace hourglass::cluster
