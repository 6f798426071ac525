#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>

#include "cluster/log/record.hpp"
#include "cluster/stores/store_fault.hpp"

namespace hourglass::cluster {

/// The last well-formed record below a place in the log: tells this log from another one.
struct LastRecord {
  Offset offset;
  EventIdentity identity;

  friend bool operator==(const LastRecord&, const LastRecord&) = default;
};

/// Where a store stands in the log of its partition: it holds the state that the log below `next` gives.
struct StorePosition {
  Offset next;
  LogTime time;  // the log clock: the highest time of any event below next
  std::optional<LastRecord> last;

  friend bool operator==(const StorePosition&, const StorePosition&) = default;
};

/// More are not applied in one step: a script of Redis stops all else while it runs.
inline constexpr std::size_t kMostRecordsOfABatch = 2'000;

struct Applied {};
/// Somebody else has moved the store; where it stands now, if it stands anywhere.
struct Moved {
  std::optional<Offset> next;
};
/// What the store holds contradicts itself.
struct Corrupt {
  Offset next;
};
using ApplyResult = std::variant<Applied, Moved, Corrupt, StoreFault>;

/// A partition in a store of numbers. State is a pure function of the log below `next`, and moves only by
/// comparing `next` in the same atomic step. Belongs to one worker, used by its thread; calls may block for
/// as long as the time limit of the store.

class PartitionStore {
 public:
  virtual ~PartitionStore() = default;

  /// Where the store stands; none where it holds nothing of this partition. Forgets what was kept in memory.
  virtual StoreResult<std::optional<StorePosition>> load() = 0;

  /// Where the store stands, and nothing else: for a worker that waits, to see whether it still stands there.
  virtual StoreResult<std::optional<Offset>> next() = 0;

  /// Counts the records in [from, to), of which `records` are all that there are, in their order; moves from
  /// `from` to `to`, or not at all. After anything but Applied the next call is load().
  virtual ApplyResult apply(Offset from, Offset to, std::span<const Record> records) = 0;
};

}  // namespace hourglass::cluster
