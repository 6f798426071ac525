#include "cluster/worker/revival.hpp"

#include <algorithm>
#include <utility>

#include "cluster/fold/duplicates.hpp"
#include "cluster/worker/log_comparison.hpp"

namespace hourglass::cluster {
namespace {

/// The longest piece of a copy that is handed over at once.
constexpr std::size_t kMostInOnePiece = 4'000;

template <typename T, typename Put>
StoreResult<void> put_in_pieces(std::span<const T> all, Put put) {
  while (!all.empty()) {
    const auto piece = all.first(std::min(all.size(), kMostInOnePiece));
    if (auto done = put(piece); !done)
      return done;
    all = all.subspan(piece.size());
  }
  return {};
}

/// Every key once, with its last occurrence.
StoreResult<void> copy_keys(const RevivalSources& sources, const StorePosition& position, HotCopy& copy) {
  Duplicates remembered(sources.idempotency_window);
  remembered.advance(position.time);
  const auto points = sources.cold.keys(remembered.forgotten_until(), position.next);
  if (!points)
    return base::unexpected(points.error());
  for (const KeyPoint& point : *points)
    remembered.remember(point.key, point.time);
  std::vector<RememberedKey> keys;
  keys.reserve(remembered.keys().size());
  for (const auto& [key, time] : remembered.keys())
    keys.push_back({key, time});
  return put_in_pieces<RememberedKey>(keys, [&](auto piece) { return copy.put_keys(piece); });
}

/// An hour may hold more than the progress says, so it brings its own `next`.
StoreResult<void> copy_hour(const RevivalSources& sources, const TotalsPoint& totals, HotCopy& copy) {
  const core::Hour hour{totals.period.index};
  const auto users = sources.cold.users(totals.period, totals.next);
  if (!users)
    return base::unexpected(users.error());
  if (users->size() != totals.totals.unique_users)
    return store_fault(Remedy::person, "an hour of the cold store has other users than its totals say");
  if (auto done = copy.put_hour({hour, totals.totals, totals.next}); !done)
    return done;
  return put_in_pieces<UserId>(*users, [&](auto piece) { return copy.put_users(hour, piece); });
}

StoreResult<void> copy_state(const RevivalSources& sources, const StorePosition& position, core::Hour floor,
                             HotCopy& copy) {
  if (auto done = copy_keys(sources, position, copy); !done)
    return done;
  const auto hours = sources.cold.newest_totals_from(floor);
  if (!hours)
    return base::unexpected(hours.error());
  for (const TotalsPoint& hour : *hours) {
    if (auto done = copy_hour(sources, hour, copy); !done)
      return done;
  }
  return {};
}

/// Whether the log still is where the copy begins.
StoreResult<void> check(const RevivalSources& sources, const StorePosition& position) {
  const auto match = compare_with_log(position, sources.log);
  if (!match)
    return base::unexpected(match.error());
  if (*match == LogMatch::other)
    return store_fault(Remedy::person,
                       "the hot store cannot be revived: the cold store has counted another log");
  if (*match == LogMatch::same)
    return {};
  // The log may forget at once what the cold store has counted since it was asked.
  const auto progress = sources.cold.newest_progress();
  if (!progress)
    return base::unexpected(progress.error());
  if (*progress && (*progress)->position.next != position.next)
    return store_fault(Remedy::retry, "the cold store has gone on while the hot store was revived");
  return store_fault(Remedy::person,
                     "the hot store cannot be revived: the log no longer has what the cold store "
                     "is to count next");
}

}  // namespace

StoreResult<bool> revive(const RevivalSources& sources, HotStore& hot, std::optional<Offset> seen,
                         core::Hour floor) {
  const auto began = sources.clock.elapsed();
  ProgressPoint from{};
  const auto progress = sources.cold.newest_progress();  // first: all totals that it vouches for are there
  if (!progress && progress.error().remedy == Remedy::person)
    return base::unexpected(progress.error());
  if (progress && *progress)
    from = **progress;
  if (auto good = check(sources, from.position); !good)
    return base::unexpected(progress ? good.error() : progress.error());
  auto copy = hot.begin_copy();
  if (!copy)
    return base::unexpected(copy.error());
  if (progress && *progress) {
    if (auto done = copy_state(sources, from.position, floor, **copy); !done)
      return base::unexpected(done.error());
    if (sources.clock.elapsed() - began >= sources.longest_load)
      return store_fault(Remedy::retry, "the state of the cold store took too long to read");
  }
  return (*copy)->put_in_place(seen, from.position, from.boots, floor);
}

}  // namespace hourglass::cluster
