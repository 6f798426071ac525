#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cluster/log/record.hpp"
#include "cluster/stores/partition_store.hpp"
#include "cluster/stores/period.hpp"
#include "cluster/stores/store_fault.hpp"
#include "core/totals.hpp"

namespace hourglass::cluster {

/// A user that a record was the first to bring to a period. Identity: partition, period, user; a point that
/// is written again replaces itself.
struct UserPoint {
  Period period;
  UserId user;
  Offset offset;  // of that record
};

/// An occurrence of a key, counted or not. Identity: partition, time, offset.
struct KeyPoint {
  KeyDigest key;
  LogTime time;  // the log clock after the record
  Offset offset;
};

/// The totals of a period from the records below `next`. Identity: partition, period, next. Of several points
/// of a period that with the highest next is valid, all of its columns.
struct TotalsPoint {
  Period period;
  Offset next;
  core::Totals totals;

  friend bool operator==(const TotalsPoint&, const TotalsPoint&) = default;
};

/// Says that everything below `position.next` is in the points of users, keys and totals. Identity:
/// partition, next.
struct ProgressPoint {
  StorePosition position;
  std::string boots;  // the identities seen, as SeenSequences writes them
};

/// Who reads progress, and then what belongs to it, takes no longer; what newer points have made useless is
/// removed only when they were confirmed longer ago. So nobody who stood still for a while finds only half of
/// what he looks for.
inline constexpr std::chrono::seconds kLongestLoad{30};

/// One partition in a database of points without transactions, which InfluxDB is: points with an identity, of
/// which the last that was written stays. A write that failed may have taken effect in part. Belongs to one
/// worker or one revival, used by its thread; calls may block for as long as the time limit of the database.
class PointDatabase {
 public:
  virtual ~PointDatabase() = default;

  /// That with the highest next; none where there is none.
  virtual StoreResult<std::optional<ProgressPoint>> newest_progress() = 0;

  /// Those later than `after` with an offset below `below`, in no order.
  virtual StoreResult<std::vector<KeyPoint>> keys(LogTime after, Offset below) = 0;

  /// That with the highest next; none where there is none.
  virtual StoreResult<std::optional<TotalsPoint>> newest_totals(Period period) = 0;

  /// Those of every hour from this one on that has any: of each hour that with the highest next.
  virtual StoreResult<std::vector<TotalsPoint>> newest_totals_from(core::Hour first) = 0;

  /// The users of a period whose offset is below `below`, in no order.
  virtual StoreResult<std::vector<UserId>> users(Period period, Offset below) = 0;

  /// Those of `asked` that users() would give, each once, in no order: quicker as long as they are few beside
  /// the users of the period.
  virtual StoreResult<std::vector<UserId>> known_users(Period period, Offset below,
                                                       std::span<const UserId> asked) = 0;

  /// Writes and waits for the confirmation of all. Points that are refused are a fault that a person has to
  /// mend.
  virtual StoreResult<void> write_identities(std::span<const UserPoint> users,
                                             std::span<const KeyPoint> keys) = 0;
  virtual StoreResult<void> write_totals(std::span<const TotalsPoint> totals) = 0;
  virtual StoreResult<void> write_progress(const ProgressPoint& progress) = 0;

  /// Removes points that newer ones have made useless: totals of the period below `next`.
  virtual StoreResult<void> remove_superseded_totals(Period period, Offset next) = 0;
  /// Progress below `next`, and keys that are not later than `until`.
  virtual StoreResult<void> remove_superseded_progress(Offset next, LogTime until) = 0;
};

}  // namespace hourglass::cluster
