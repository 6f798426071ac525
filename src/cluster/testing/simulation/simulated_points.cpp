#include "cluster/testing/simulation/simulated_points.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace hourglass::cluster::simulation {
namespace {

constexpr std::uint64_t kLostCalls = 1;      // of a hundred
constexpr std::uint64_t kInterruptions = 2;  // of a hundred points that arrive
constexpr std::uint64_t kPauses = 30;        // between points, of a hundred
constexpr std::uint64_t kDelayed = 50;       // of a hundred points that did not arrive in time

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

tl::unexpected<StoreFault> no_answer() {
  return store_fault(Remedy::retry, "the cold store does not answer");
}

TotalsPoint newest_of(Period period, const std::map<Offset, core::Totals>& rows) {
  return {period, rows.rbegin()->first, rows.rbegin()->second};
}

/// Whether a point of a period has a time: that of InfluxDB is 64 bits of nanoseconds.
bool has_time(const Point& point) {
  const auto is_early = [](Period period) {
    const std::uint64_t hours = period.unit == Period::Unit::day ? kHoursPerDay : 1;
    return period.index <= kLastHour.value() / hours;
  };
  return std::visit(Overloaded{[&](const UserPoint& user) { return is_early(user.period); },
                               [&](const TotalsPoint& row) { return is_early(row.period); },
                               [](const auto&) { return true; }},
                    point);
}

}  // namespace

void PartitionPoints::land(const Point& point, bool last_write_stays) {
  std::visit(Overloaded{
                 [&](const UserPoint& user) { users[user.period][user.user] = user.offset; },
                 [&](const KeyPoint& key) {
                   keys.insert_or_assign({key.time, key.offset}, key);
                 },
                 [&](const TotalsPoint& row) {
                   auto& rows = totals[row.period];
                   if (last_write_stays)
                     rows.clear();
                   rows[row.next] = row.totals;
                 },
                 [&](const ProgressPoint& row) { progress.insert_or_assign(row.position.next, row); },
             },
             point);
}

void PointServer::land(Partition partition, const Point& point) {
  points(partition).land(point, world_.is(Weakness::totals_without_next));
}

void PointServer::land_some_delayed() {
  if (delayed_.empty())
    return;
  auto& chosen = world_.random.pick(delayed_);
  land(chosen.first, chosen.second);
  std::swap(chosen, delayed_.back());
  delayed_.pop_back();
}

void PointServer::land_all_delayed() {
  while (!delayed_.empty())
    land_some_delayed();
}

bool SimulatedPointDatabase::fails() {
  reach(world_);
  if (server_.is_down_until > world_.steps)
    return true;
  return !world_.is_calm && world_.random.percent(kLostCalls);
}

bool SimulatedPointDatabase::counts_with(Weakness weakness) const {
  return use_ == DatabaseUse::counting && world_.is(weakness);
}

StoreResult<std::optional<ProgressPoint>> SimulatedPointDatabase::newest_progress() {
  if (fails())
    return no_answer();
  const auto& rows = server_.points(partition_).progress;
  if (rows.empty())
    return std::nullopt;
  ProgressPoint newest = rows.rbegin()->second;
  if (counts_with(Weakness::duplicates_in_memory))
    newest.boots.clear();
  return newest;
}

StoreResult<std::vector<KeyPoint>> SimulatedPointDatabase::keys(LogTime after, Offset below) {
  if (fails())
    return no_answer();
  std::vector<KeyPoint> found;
  if (counts_with(Weakness::duplicates_in_memory))
    return found;
  const bool takes_all = counts_with(Weakness::later_keys_loaded);
  for (const auto& [identity, key] : server_.points(partition_).keys) {
    if (key.time > after && (key.offset < below || takes_all))
      found.push_back(key);
  }
  world_.random.shuffle(found);
  return found;
}

StoreResult<std::optional<TotalsPoint>> SimulatedPointDatabase::newest_totals(Period period) {
  if (counts_with(Weakness::users_before_totals)) {
    reach(world_);
    early_users_[period] = server_.points(partition_).users[period];
  }
  if (fails())
    return no_answer();
  const auto& totals = server_.points(partition_).totals;
  const auto rows = totals.find(period);
  if (rows == totals.end() || rows->second.empty())
    return std::nullopt;
  TotalsPoint newest = newest_of(period, rows->second);
  if (counts_with(Weakness::hour_next_forgotten)) {
    forgotten_nexts_[period] = newest.next;
    newest.next = Offset{0};
  }
  return newest;
}

StoreResult<std::vector<TotalsPoint>> SimulatedPointDatabase::newest_totals_from(core::Hour first) {
  if (fails())
    return no_answer();
  std::vector<TotalsPoint> found;
  for (const auto& [period, rows] : server_.points(partition_).totals) {
    if (period.unit == Period::Unit::hour && period.index >= first.value() && !rows.empty())
      found.push_back(newest_of(period, rows));
  }
  return found;
}

/// Where the totals were that a weak worker has forgotten the place of.
Offset SimulatedPointDatabase::bound_of(Period period, Offset below) const {
  const auto forgotten = forgotten_nexts_.find(period);
  return forgotten != forgotten_nexts_.end() ? std::max(below, forgotten->second) : below;
}

/// What a weak worker has asked for before the totals, once; otherwise what is there.
std::map<UserId, Offset> SimulatedPointDatabase::users_at_first(Period period) {
  auto early = early_users_.extract(period);
  return early ? std::move(early.mapped()) : server_.points(partition_).users[period];
}

StoreResult<std::vector<UserId>> SimulatedPointDatabase::users(Period period, Offset below) {
  if (fails())
    return no_answer();
  if (use_ == DatabaseUse::counting)
    ++world_.counts.sets_loaded;
  const bool takes_all = counts_with(Weakness::later_users_loaded);
  std::vector<UserId> found;
  for (const auto& [user, offset] : users_at_first(period)) {
    if (offset < bound_of(period, below) || takes_all)
      found.push_back(user);
  }
  return found;
}

/// One after the other, while others go on.
StoreResult<std::vector<UserId>> SimulatedPointDatabase::known_users(Period period, Offset below,
                                                                     std::span<const UserId> asked) {
  if (fails())
    return no_answer();
  ++world_.counts.look_ups;
  const bool takes_all = counts_with(Weakness::later_users_found);
  const bool asked_before = counts_with(Weakness::users_before_totals);
  const auto early = asked_before ? users_at_first(period) : std::map<UserId, Offset>{};
  std::set<UserId> found;
  for (const UserId user : asked) {
    const auto& users = asked_before ? early : server_.points(partition_).users[period];
    const auto known = users.find(user);
    if (known != users.end() && (known->second < bound_of(period, below) || takes_all))
      found.insert(user);
    if (world_.random.percent(kPauses))
      reach(world_);
  }
  return std::vector(found.begin(), found.end());
}

StoreResult<void> SimulatedPointDatabase::write_identities(std::span<const UserPoint> users,
                                                           std::span<const KeyPoint> keys) {
  std::vector<Point> points(users.begin(), users.end());
  points.insert(points.end(), keys.begin(), keys.end());
  return write(std::move(points));
}

StoreResult<void> SimulatedPointDatabase::write_totals(std::span<const TotalsPoint> totals) {
  return write({totals.begin(), totals.end()});
}

StoreResult<void> SimulatedPointDatabase::write_progress(const ProgressPoint& progress) {
  if (!world_.is(Weakness::progress_first))
    return write({progress});
  auto written = land({progress});
  return written ? land(std::exchange(held_back_, {})) : written;
}

StoreResult<void> SimulatedPointDatabase::write(std::vector<Point> points) {
  if (!std::all_of(points.begin(), points.end(), has_time))
    return store_fault(Remedy::person, "a period is behind the last that can be named");
  if (points.empty())
    return {};
  if (world_.is(Weakness::progress_first) && !std::holds_alternative<ProgressPoint>(points.front())) {
    held_back_.insert(held_back_.end(), points.begin(), points.end());
    return {};
  }
  if (world_.is(Weakness::confirmed_early)) {
    for (Point& point : points)
      server_.delay(partition_, std::move(point));
    return {};
  }
  return land(std::move(points));
}

StoreResult<void> SimulatedPointDatabase::land(std::vector<Point> points) {
  if (fails())
    return give_up(points, Remedy::retry);
  world_.random.shuffle(points);
  for (std::size_t index = 0; index < points.size(); ++index) {
    if (!world_.is_calm && world_.random.percent(kInterruptions))
      return give_up(std::span(points).subspan(index), Remedy::retry);
    if (server_.refuses_until > world_.steps)
      return give_up({}, Remedy::person);
    server_.land(partition_, points[index]);
    if (world_.random.percent(kPauses))
      reach(world_);
  }
  if (!world_.is_calm && world_.random.percent(kInterruptions))
    return no_answer();
  return {};
}

/// What has not arrived arrives later, or never.
StoreResult<void> SimulatedPointDatabase::give_up(std::span<Point> rest, Remedy remedy) {
  for (Point& point : rest) {
    if (world_.random.percent(kDelayed))
      server_.delay(partition_, std::move(point));
  }
  return store_fault(remedy, remedy == Remedy::retry ? "the cold store does not answer" : kRefusal);
}

StoreResult<void> SimulatedPointDatabase::remove_superseded_totals(Period period, Offset next) {
  if (fails())
    return no_answer();
  auto& rows = server_.points(partition_).totals[period];
  rows.erase(rows.begin(), rows.lower_bound(next));
  return {};
}

StoreResult<void> SimulatedPointDatabase::remove_superseded_progress(Offset next, LogTime until) {
  if (fails())
    return no_answer();
  PartitionPoints& points = server_.points(partition_);
  points.progress.erase(points.progress.begin(), points.progress.lower_bound(next));
  std::erase_if(points.keys, [&](const auto& key) { return key.second.time <= until; });
  return {};
}

bool SimulatedColdReader::fails() {
  reach(world_);
  if (server_.is_down_until > world_.steps)
    return true;
  return !world_.is_calm && world_.random.percent(kLostCalls);
}

StoreResult<std::vector<Offset>> SimulatedColdReader::progress() {
  if (world_.is(Weakness::totals_before_progress))
    early_ = read_totals(expected_);
  if (fails())
    return no_answer();
  std::vector<Offset> found;
  for (std::uint32_t index = 0; index < world_.partitions; ++index) {
    if (index != 0)
      reach(world_);
    found.push_back(server_.points(Partition{index}).progress_next());
  }
  return found;
}

StoreResult<std::vector<PartialTotals>> SimulatedColdReader::totals(Period period) {
  if (fails())
    return no_answer();
  return world_.is(Weakness::totals_before_progress) ? early_ : read_totals(period);
}

std::vector<PartialTotals> SimulatedColdReader::read_totals(Period period) {
  std::vector<PartialTotals> found(world_.partitions);
  for (std::uint32_t index = 0; index < world_.partitions; ++index) {
    if (index != 0)
      reach(world_);
    const PartitionPoints& points = server_.points(Partition{index});
    const auto rows = points.totals.find(period);
    if (rows == points.totals.end() || rows->second.empty())
      continue;
    const TotalsPoint newest = newest_of(period, rows->second);
    found[index] = {newest.totals, newest.next};
    if (!world_.is(Weakness::users_counted_when_read))
      continue;
    reach(world_);
    found[index].totals.unique_users = points.users.at(period).size();
  }
  return found;
}

}  // namespace hourglass::cluster::simulation
