#include "cluster/testing/simulation/simulated_hot_store.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cluster::simulation {
namespace {

constexpr std::uint64_t kLostCalls = 1;    // of a hundred
constexpr std::uint64_t kLostReplies = 3;  // of a hundred
constexpr std::size_t kMostSnapshots = 6;

tl::unexpected<StoreFault> no_answer() {
  return store_fault(Remedy::retry, "the hot store does not answer");
}

}  // namespace

/// A copy beside what the server holds; it is gone when the server loses data.
class SimulatedHotStore::Copy final : public HotCopy {
 public:
  explicit Copy(SimulatedHotStore& store) : store_(store), losses_(store.server_.losses()) {}

  StoreResult<void> put_keys(std::span<const RememberedKey> keys) override {
    if (!store_.arrives())
      return no_answer();
    if (!store_.world_.is(Weakness::import_no_duplicates))
      keys_.insert(keys_.end(), keys.begin(), keys.end());
    return {};
  }

  StoreResult<void> put_hour(const HourCopy& hour) override {
    if (!store_.arrives())
      return no_answer();
    const bool is_left_out =
        store_.world_.is(Weakness::import_some_hours) && hour.hour > store_.world_.clock.hour();
    if (is_left_out)
      return {};
    const bool forgets_next = store_.world_.is(Weakness::import_no_hour_next);
    hours_[hour.hour] = {
        hour.totals, {}, forgets_next ? Offset{0} : hour.next, Offset{hour.next.value() - 1}};
    return {};
  }

  StoreResult<void> put_users(core::Hour hour, std::span<const UserId> users) override {
    if (!store_.arrives())
      return no_answer();
    if (const auto found = hours_.find(hour); found != hours_.end())
      found->second.users.insert(users.begin(), users.end());
    return {};
  }

  StoreResult<bool> put_in_place(std::optional<Offset> seen, const StorePosition& position,
                                 const std::string& boots, core::Hour floor) override {
    if (!store_.arrives() || losses_ != store_.server_.losses())
      return no_answer();
    const PartitionState* const present = store_.server_.state(store_.partition_);
    constexpr Offset kNowhere{-1};
    const Offset stands = present != nullptr ? present->position().next : kNowhere;
    const bool has_moved = stands != seen.value_or(kNowhere);
    if (has_moved)
      return false;
    const bool forgets = store_.world_.is(Weakness::import_no_duplicates);
    auto duplicates = Duplicates::from_text(store_.world_.window, position.time, forgets ? "" : boots);
    if (!duplicates)
      return store_fault(Remedy::person, "the copy's producers cannot be read");
    for (const RememberedKey& key : keys_)
      duplicates->remember(key.key, key.time);
    store_.server_.put(store_.partition_,
                       PartitionState(position, *std::move(duplicates), std::move(hours_), floor));
    ++store_.world_.counts.revived;
    ++store_.world_.hot_epoch;  // numbers may go back to those of the copy
    if (store_.reply_is_lost())
      return no_answer();
    return true;
  }

 private:
  SimulatedHotStore& store_;
  const std::uint64_t losses_;
  std::vector<RememberedKey> keys_;
  std::map<core::Hour, PartitionState::Hour> hours_;
};

void HotServer::put(Partition partition, PartitionState state) {
  states_[partition.value()] = std::make_shared<const PartitionState>(std::move(state));
}

/// Snapshots share what they hold with the server until that changes it.
template <typename Change>
void HotServer::change(Partition partition, Change change) {
  auto& state = states_[partition.value()];
  if (state.use_count() > 1)
    state = std::make_shared<const PartitionState>(*state);
  change(const_cast<PartitionState&>(*state));
}

void HotServer::apply(Partition partition, Offset to, std::span<const Record> records) {
  change(partition, [&](PartitionState& state) { state.apply(to, records); });
}

void HotServer::raise_floor(Partition partition, core::Hour floor) {
  change(partition, [&](PartitionState& state) { state.raise_floor(floor); });
}

void HotServer::expire_users(Partition partition, core::Hour below) {
  const PartitionState* const present = state(partition);
  auto hours = present->hours();
  for (auto hour = hours.begin(); hour != hours.lower_bound(below); ++hour)
    hour->second.users.clear();
  put(partition,
      PartitionState(present->position(), present->duplicates(), std::move(hours), present->floor()));
}

void HotServer::corrupt(Partition partition) {
  const PartitionState* const present = state(partition);
  if (present == nullptr || present->hours().empty())
    return;
  auto hours = present->hours();
  const auto hour = std::next(hours.begin(), static_cast<std::ptrdiff_t>(world_.random.below(hours.size())));
  if (!hour->second.users.empty())
    hour->second.users.erase(hour->second.users.begin());
  put(partition,
      PartitionState(present->position(), present->duplicates(), std::move(hours), present->floor()));
}

void HotServer::take_snapshot() {
  snapshots_.push_back(states_);
  if (snapshots_.size() > kMostSnapshots)
    snapshots_.erase(snapshots_.begin() +
                     static_cast<std::ptrdiff_t>(world_.random.below(kMostSnapshots / 2)));
}

void HotServer::lose_all() {
  states_ = States(world_.partitions);
  ++losses_;
  ++world_.hot_epoch;
  ++world_.counts.hot_lost;
}

void HotServer::roll_back(bool far) {
  if (snapshots_.empty())
    return;
  states_ = far ? snapshots_.front() : snapshots_.back();
  ++losses_;
  ++world_.hot_epoch;
  ++world_.counts.hot_rolled_back;
}

/// Whether a call has its effect.
bool SimulatedHotStore::arrives() {
  reach(world_);
  if (server_.is_down_until > world_.steps)
    return false;
  return world_.is_calm || !world_.random.percent(kLostCalls);
}

/// After a call had its effect.
bool SimulatedHotStore::reply_is_lost() {
  return !world_.is_calm && world_.random.percent(kLostReplies);
}

StoreResult<std::optional<StorePosition>> SimulatedHotStore::load() {
  if (!arrives())
    return no_answer();
  known_.reset();
  const PartitionState* const state = server_.state(partition_);
  if (state == nullptr)
    return std::nullopt;
  floor_ = state->floor();
  known_ = state->position().next;
  return state->position();
}

StoreResult<std::optional<Offset>> SimulatedHotStore::next() {
  if (!arrives())
    return no_answer();
  if (world_.is(Weakness::no_idle_check))
    return known_;
  const PartitionState* const state = server_.state(partition_);
  return state == nullptr ? std::nullopt : std::optional(state->position().next);
}

/// Whether an hour that the records name has another number of users than its total says.
bool SimulatedHotStore::is_corrupt(const PartitionState& state, std::span<const Record> records) const {
  if (world_.is(Weakness::sets_not_compared) || world_.is(Weakness::users_expire))
    return false;
  return std::any_of(records.begin(), records.end(), [&](const Record& record) {
    if (!record.event)
      return false;
    const auto hour = state.hours().find(record.event->hour);
    return hour != state.hours().end() && hour->second.users.size() != hour->second.totals.unique_users;
  });
}

ApplyResult SimulatedHotStore::apply(Offset from, Offset to, std::span<const Record> records) {
  if (!arrives())
    return no_answer().value();
  const PartitionState* const state = server_.state(partition_);
  if (state == nullptr)
    return Moved{};
  if (state->position().next != from && !world_.is(Weakness::no_fence)) {
    ++world_.counts.moved;
    return Moved{state->position().next};
  }
  if (is_corrupt(*state, records)) {
    ++world_.counts.corrupt;
    return Corrupt{state->position().next};
  }
  server_.apply(partition_, to, records);
  known_ = to;
  if (reply_is_lost())
    return no_answer().value();
  return Applied{};
}

StoreResult<std::unique_ptr<HotCopy>> SimulatedHotStore::begin_copy() {
  return std::make_unique<Copy>(*this);
}

StoreResult<bool> SimulatedHotStore::drop(core::Hour target, Offset cold_next) {
  if (!arrives())
    return no_answer();
  const PartitionState* const state = server_.state(partition_);
  if (state == nullptr)
    return false;
  if (world_.is(Weakness::users_expire)) {
    server_.expire_users(partition_, world_.clock.hour());
    return false;
  }
  const auto end = state->hours().lower_bound(target);
  const bool is_busy = std::any_of(state->hours().begin(), end, [&](const auto& hour) {
    return hour.second.last_counted && *hour.second.last_counted >= cold_next;
  });
  if (is_busy && !world_.is(Weakness::drop_unchecked))
    return false;
  server_.raise_floor(partition_, target);
  floor_ = server_.state(partition_)->floor();
  ++world_.counts.dropped;
  return true;
}

StoreResult<std::uint64_t> SimulatedHotStore::hours_after(core::Hour hour) {
  if (!arrives())
    return no_answer();
  const PartitionState* const state = server_.state(partition_);
  if (state == nullptr)
    return 0;
  const auto later = state->hours().upper_bound(hour);
  return static_cast<std::uint64_t>(std::distance(later, state->hours().end()));
}

std::vector<HotAnswer> SimulatedHotReader::read(std::span<const core::Hour> hours) {
  std::vector<HotAnswer> answers(world_.partitions);
  const bool backwards = world_.random.percent(50);
  for (std::uint32_t index = 0; index < world_.partitions; ++index) {
    const Partition partition{backwards ? world_.partitions - 1 - index : index};
    if (world_.is(Weakness::next_from_elsewhere))
      look_elsewhere(partition);
    reach(world_);
    HotAnswer& answer = answers[partition.value()];
    const bool is_lost = !world_.is_calm && world_.random.percent(kLostCalls);
    if (is_lost || server_.is_down_until > world_.steps) {
      failed_ = true;
      answer = no_answer();
      continue;
    }
    for (const core::Hour hour : hours)
      answer->push_back(hour_of(partition, hour));
  }
  return answers;
}

HotHour SimulatedHotReader::hour_of(Partition partition, core::Hour hour) {
  const PartitionState* const state = server_.state(partition);
  if (state == nullptr)
    return world_.is(Weakness::nil_is_zero) ? HotHour(PartialTotals{}) : std::nullopt;
  if (hour < state->floor())
    return std::nullopt;
  PartialTotals totals{state->totals(hour), state->position().next};
  if (const auto found = state->hours().find(hour); found != state->hours().end())
    totals.next = std::max(totals.next, found->second.next);
  if (world_.is(Weakness::next_from_elsewhere))
    totals.next = std::max(totals.next, newest_[partition.value()]);
  return totals;
}

void SimulatedHotReader::look_elsewhere(Partition partition) {
  reach(world_);
  if (const PartitionState* const state = server_.state(partition); state != nullptr)
    newest_[partition.value()] = std::max(newest_[partition.value()], state->position().next);
}

}  // namespace hourglass::cluster::simulation
