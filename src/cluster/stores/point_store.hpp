#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "cluster/fold/duplicates.hpp"
#include "cluster/stores/partition_store.hpp"
#include "cluster/stores/point_database.hpp"
#include "ports/clock.hpp"

namespace hourglass::cluster {

/// Of InfluxDB 1.6, where 40 to 70 were measured.
inline constexpr std::uint64_t kUsersLoadedForOneLookUp = 50;

struct PointStoreSettings {
  std::chrono::milliseconds idempotency_window{std::chrono::hours{24}};
  std::size_t most_users = 4'000'000;  // kept in memory, of all periods; what a batch needs comes on top
  /// So many users of a period are loaded in the time of one that is looked up; not 0.
  std::uint64_t users_loaded_for_one_look_up = kUsersLoadedForOneLookUp;
  /// Points of totals that a period may have beyond the newest; removing costs the database more than some.
  std::size_t most_superseded_totals = 1'000;
  std::uint64_t batches_between_removals = 1'000;  // of progress and keys that are useless
  std::chrono::nanoseconds longest_load = kLongestLoad;
};

/// Keeps the numbers of one partition in a database of points, exactly, although that has no transactions:
/// users and keys are written first, then totals, each with its own `next`, then progress, and every step
/// waits for the one before. What a crash leaves behind is recognised by its offsets, and what somebody else
/// writes late is superseded by a higher `next`. The state below its position is in memory, except for hours
/// and days that were not touched lately. Of those the users of a batch are looked up one by one, until that
/// has cost as much as to load them all. One thread at a time.
class PointStore final : public PartitionStore {
 public:
  PointStore(std::unique_ptr<PointDatabase> database, PointStoreSettings settings, const ports::Clock& clock);

  StoreResult<std::optional<StorePosition>> load() override;
  StoreResult<std::optional<Offset>> next() override;
  ApplyResult apply(Offset from, Offset to, std::span<const Record> records) override;

 private:
  struct UserHash {
    std::size_t operator()(UserId user) const { return user.value(); }
  };

  /// A row that was confirmed, and when: what it makes useless may go when nobody can be reading by an older
  /// one any more.
  struct ConfirmedWrite {
    Offset next{0};
    LogTime time;  // the log clock there
    std::chrono::nanoseconds confirmed{0};
  };

  /// Totals and users of a period, as the log below the position gives them.
  struct PeriodState {
    core::Totals totals;
    Offset next;  // the totals hold the records below it already
    boost::unordered_flat_set<UserId, UserHash> users;
    bool has_all_users = true;    // or only those that were looked up, and those that came since
    std::uint64_t looked_up = 0;  // users, known or not
    std::uint64_t used = 0;       // by which batch last
    std::size_t written = 0;      // points of totals since the last removal
    ConfirmedWrite confirmed;     // some time ago
  };

  /// What a batch changes.
  struct Changes {
    std::vector<UserPoint> users;
    std::vector<KeyPoint> keys;
    std::vector<Period> periods;
  };

  void forget();
  std::vector<const Record*> tell_duplicates(std::span<const Record> records, Changes& changes);
  StoreResult<void> know_users(std::span<const Record* const> records);
  StoreResult<PeriodState*> state_of(Period period);
  StoreResult<void> look_up(Period period, PeriodState& state, std::span<const UserId> users);
  StoreResult<void> load_users(Period period, PeriodState& state);
  void count(const Record& record, Changes& changes);
  void count_in(PeriodState& state, Period period, const Record& record, Changes& changes);
  StoreResult<void> write(Offset to, Changes& changes);
  void shrink();
  void remove_superseded(const Changes& changes);
  std::optional<ConfirmedWrite> ripe(ConfirmedWrite& confirmed) const;

  const std::unique_ptr<PointDatabase> database_;
  const PointStoreSettings settings_;
  const ports::Clock& clock_;
  StorePosition position_{};
  std::optional<Duplicates> duplicates_;  // none: to be loaded
  std::map<Period, PeriodState> periods_;
  std::size_t users_in_memory_ = 0;
  std::uint64_t batch_ = 0;
  ConfirmedWrite progress_;  // some time ago
  std::uint64_t removed_in_batch_ = 0;
};

}  // namespace hourglass::cluster
