#include "cluster/stores/point_store.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hourglass::cluster {
namespace {

std::array<Period, 2> periods_of(const CountedEvent& event) {
  return {hour_period(event.hour), day_period(event.hour)};
}

}  // namespace

PointStore::PointStore(std::unique_ptr<PointDatabase> database, PointStoreSettings settings,
                       const ports::Clock& clock)
    : database_(std::move(database)), settings_(settings), clock_(clock) {}

void PointStore::forget() {
  duplicates_.reset();
  periods_.clear();
  users_in_memory_ = 0;
}

StoreResult<std::optional<Offset>> PointStore::next() {
  const auto progress = database_->newest_progress();
  if (!progress)
    return base::unexpected(progress.error());
  return *progress ? std::optional((*progress)->position.next) : std::nullopt;
}

StoreResult<std::optional<StorePosition>> PointStore::load() {
  forget();
  const auto began = clock_.elapsed();
  const auto progress = database_->newest_progress();
  if (!progress)
    return base::unexpected(progress.error());
  if (!*progress) {
    position_ = {};
    duplicates_.emplace(settings_.idempotency_window);
    return std::nullopt;
  }
  position_ = (*progress)->position;
  auto duplicates = Duplicates::from_text(settings_.idempotency_window, position_.time, (*progress)->boots);
  if (!duplicates)
    return store_fault(Remedy::person, "the progress of the cold store holds producers that cannot be read");
  const auto keys = database_->keys(duplicates->forgotten_until(), position_.next);
  if (!keys)
    return base::unexpected(keys.error());
  if (clock_.elapsed() - began >= settings_.longest_load)
    return store_fault(Remedy::retry, "the state of the cold store took too long to read");
  for (const KeyPoint& key : *keys)
    duplicates->remember(key.key, key.time);
  duplicates_ = std::move(duplicates);
  return position_;
}

ApplyResult PointStore::apply(Offset from, Offset to, std::span<const Record> records) {
  if (!duplicates_ || from != position_.next)
    return Moved{position_.next};
  ++batch_;
  Changes changes;
  const auto counted = tell_duplicates(records, changes);
  if (auto known = know_users(counted); !known) {
    forget();
    return known.error();
  }
  for (const Record* record : counted)
    count(*record, changes);
  duplicates_->prune();
  if (auto written = write(to, changes); !written) {
    forget();
    return written.error();
  }
  remove_superseded(changes);
  shrink();
  return Applied{};
}

/// Notes identities and keys; gives the records that are to be counted.
std::vector<const Record*> PointStore::tell_duplicates(std::span<const Record> records, Changes& changes) {
  std::vector<const Record*> counted;
  for (const Record& record : records) {
    if (!record.event)
      continue;
    duplicates_->advance(record.time);
    position_.last = LastRecord{record.offset, record.event->identity};
    if (duplicates_->mark(*record.event))
      counted.push_back(&record);
    if (record.event->key)
      changes.keys.push_back({*record.event->key, duplicates_->time(), record.offset});
  }
  return counted;
}

/// Gets what is missing in memory to count these: the totals of their periods, and of each whether it has
/// their users, in one question a period.
StoreResult<void> PointStore::know_users(std::span<const Record* const> records) {
  std::map<Period, std::vector<UserId>> missing;
  for (const Record* record : records) {
    for (const Period period : periods_of(*record->event)) {
      const auto state = state_of(period);
      if (!state)
        return base::unexpected(state.error());
      if (!(*state)->has_all_users && record->offset >= (*state)->next &&
          !(*state)->users.contains(record->event->user))
        missing[period].push_back(record->event->user);
    }
  }
  for (auto& [period, users] : missing) {
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    if (auto known = look_up(period, periods_.at(period), users); !known)
      return known;
  }
  return {};
}

/// Totals first: the users below their `next` are exactly those that they count. None of them is in memory
/// yet.
StoreResult<PointStore::PeriodState*> PointStore::state_of(Period period) {
  if (const auto known = periods_.find(period); known != periods_.end())
    return &known->second;
  const auto totals = database_->newest_totals(period);
  if (!totals)
    return base::unexpected(totals.error());
  PeriodState state;
  if (*totals) {
    state.totals = (*totals)->totals;
    state.next = (*totals)->next;
    state.has_all_users = false;
  }
  return &periods_.emplace(period, std::move(state)).first->second;
}

/// Whether the period has these, each named once. Looked up until that would have cost more than to load all:
/// so never more than twice what would have been best is spent, whatever comes.
StoreResult<void> PointStore::look_up(Period period, PeriodState& state, std::span<const UserId> users) {
  state.looked_up += users.size();
  if (state.looked_up > state.totals.unique_users / settings_.users_loaded_for_one_look_up)
    return load_users(period, state);
  const auto known = database_->known_users(period, state.next, users);
  if (!known)
    return base::unexpected(known.error());
  users_in_memory_ -= state.users.size();
  state.users.insert(known->begin(), known->end());
  users_in_memory_ += state.users.size();
  return {};
}

StoreResult<void> PointStore::load_users(Period period, PeriodState& state) {
  const auto users = database_->users(period, state.next);
  if (!users)
    return base::unexpected(users.error());
  users_in_memory_ -= state.users.size();
  state.users.clear();  // those that were known come again
  state.users.insert(users->begin(), users->end());
  users_in_memory_ += state.users.size();
  state.has_all_users = true;
  if (state.users.size() != state.totals.unique_users)
    return store_fault(Remedy::person,
                       "an hour or day of the cold store has other users than its totals say");
  return {};
}

/// Each record is held against each of its periods: an hour and its day may be ahead of the position by
/// different records.
void PointStore::count(const Record& record, Changes& changes) {
  for (const Period period : periods_of(*record.event)) {
    PeriodState& state = periods_.at(period);
    if (record.offset >= state.next)
      count_in(state, period, record, changes);
  }
}

void PointStore::count_in(PeriodState& state, Period period, const Record& record, Changes& changes) {
  if (std::exchange(state.used, batch_) != batch_)
    changes.periods.push_back(period);
  (record.event->kind == core::Kind::click ? state.totals.clicks : state.totals.impressions) += 1;
  if (!state.users.insert(record.event->user).second)
    return;
  state.totals.unique_users += 1;
  ++users_in_memory_;
  changes.users.push_back({period, record.event->user, record.offset});
}

StoreResult<void> PointStore::write(Offset to, Changes& changes) {
  if (auto written = database_->write_identities(changes.users, changes.keys); !written)
    return written;
  std::vector<TotalsPoint> totals;
  for (const Period period : changes.periods) {
    PeriodState& state = periods_.at(period);
    state.next = to;
    ++state.written;
    totals.push_back({period, to, state.totals});
  }
  if (auto written = database_->write_totals(totals); !written)
    return written;
  position_.next = to;
  position_.time = duplicates_->time();
  return database_->write_progress({position_, duplicates_->boots_text()});
}

/// What fails here is tried again later; no number depends on it. One removal a batch, so that none takes
/// long.
void PointStore::remove_superseded(const Changes& changes) {
  for (const Period period : changes.periods) {
    PeriodState& state = periods_.at(period);
    if (state.written < settings_.most_superseded_totals)
      continue;
    state.written = 0;
    if (const auto old = ripe(state.confirmed))
      (void)database_->remove_superseded_totals(period, old->next);
    return;
  }
  if (batch_ - removed_in_batch_ < settings_.batches_between_removals)
    return;
  removed_in_batch_ = batch_;
  if (const auto old = ripe(progress_))
    (void)database_->remove_superseded_progress(
        old->next, LogTime{old->time.value() - settings_.idempotency_window.count()});
}

/// What was noted here before, if that is long enough ago; from now on what holds now.
std::optional<PointStore::ConfirmedWrite> PointStore::ripe(ConfirmedWrite& confirmed) const {
  const auto now = clock_.elapsed();
  if (confirmed.next != Offset{0} && now - confirmed.confirmed < settings_.longest_load)
    return std::nullopt;
  const ConfirmedWrite old = std::exchange(confirmed, {position_.next, position_.time, now});
  return old.next == Offset{0} ? std::nullopt : std::optional(old);
}

/// Forgets periods, those first that were not touched for longest.
void PointStore::shrink() {
  while (users_in_memory_ > settings_.most_users && periods_.size() > 1) {
    const auto oldest = std::min_element(
        periods_.begin(), periods_.end(),
        [](const auto& left, const auto& right) { return left.second.used < right.second.used; });
    users_in_memory_ -= oldest->second.users.size();
    periods_.erase(oldest);
  }
}

}  // namespace hourglass::cluster
