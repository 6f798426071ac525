#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cluster/stores/partition_store.hpp"
#include "core/totals.hpp"

namespace hourglass::cluster {

/// An occurrence of a key that is still remembered: the last one.
struct RememberedKey {
  KeyDigest key;
  LogTime time;
};

/// An hour on its way into the hot store. `next`: it holds the records below that one already, so those below
/// it that are read again are not counted in it.
struct HourCopy {
  core::Hour hour;
  core::Totals totals;
  Offset next;
};

/// One partition of the hot store while a copy of the cold store's state is brought in, beside what is there.
/// What is not put in place expires by itself.
class HotCopy {
 public:
  virtual ~HotCopy() = default;

  virtual StoreResult<void> put_keys(std::span<const RememberedKey> keys) = 0;
  /// Once for each hour, then its users, in as many calls as one likes.
  virtual StoreResult<void> put_hour(const HourCopy& hour) = 0;
  virtual StoreResult<void> put_users(core::Hour hour, std::span<const UserId> users) = 0;

  /// Puts the copy in the place of what is there, in one step, if the store still stands at `seen`; false,
  /// and the copy is thrown away, if it does not. Hours below `floor` are not in it.
  virtual StoreResult<bool> put_in_place(std::optional<Offset> seen, const StorePosition& position,
                                         const std::string& boots, core::Hour floor) = 0;
};

/// The hot store of one partition: the hours from its floor on, in memory, for quick reads. Disposable: the
/// cold store can give it again.
class HotStore : public PartitionStore {
 public:
  /// Begins to bring in a copy.
  virtual StoreResult<std::unique_ptr<HotCopy>> begin_copy() = 0;

  /// Forgets the hours below `target` if the cold store, which stands at `cold_next`, holds every event of
  /// them, and raises the floor to it; false where it does not yet.
  virtual StoreResult<bool> drop(core::Hour target, Offset cold_next) = 0;

  /// The lowest hour that is kept. What is below is never in the hot store, whatever arrives. After load()
  /// gave a position.
  [[nodiscard]] virtual core::Hour floor() const = 0;

  /// How many hours later than this one it holds, at the moment; none where nothing is known of the
  /// partition.
  virtual StoreResult<std::uint64_t> hours_after(core::Hour hour) = 0;
};

}  // namespace hourglass::cluster
