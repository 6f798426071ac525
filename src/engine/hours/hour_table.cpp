#include "engine/hours/hour_table.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::engine {
namespace {

std::uint64_t bytes_of(const HourGains& gains) {
  std::uint64_t bytes = 0;
  for (const HourGain& gain : gains)
    bytes += gain.new_users.size() * HourTable::kBytesPerUnsavedUser;
  return bytes;
}

}  // namespace

bool HourTable::is_complete(core::Hour hour) const {
  const auto found = hours_.find(hour.value());
  return found != hours_.end() && found->second->complete;
}

void HourTable::take_in(core::Hour hour, std::optional<core::Totals> saved) {
  auto state = std::make_unique<State>();
  state->complete = saved == core::Totals{};
  state->totals = saved;
  state->unsaved.hour = hour;
  bytes_ += kBytesPerHour;
  mark_changed(hour, *state);
  hours_.emplace(hour.value(), std::move(state));
}

HourTable::Membership HourTable::membership(core::Hour hour, std::uint64_t user_hash) const {
  const State& state = *hours_.find(hour.value())->second;
  if (state.users.contains(user_hash))
    return Membership::known;
  return state.complete ? Membership::not_known : Membership::only_runs_can_tell;
}

std::optional<core::Totals> HourTable::totals(core::Hour hour) const {
  return hours_.find(hour.value())->second->totals;
}

void HourTable::remember(core::Hour hour, std::uint64_t user_hash) {
  State& state = *hours_.find(hour.value())->second;
  if (state.users.insert(user_hash)) {
    bytes_ += kBytesPerUser;
    ++user_count_;
  }
}

void HourTable::mark_complete(core::Hour hour) {
  State& state = *hours_.find(hour.value())->second;
  state.complete = true;
  mark_changed(hour, state);
}

void HourTable::count(core::Hour hour, core::Kind kind, std::uint64_t user_hash, bool is_new,
                      std::chrono::milliseconds elapsed) {
  State& state = *hours_.find(hour.value())->second;
  if (!state.has_unsaved())
    unsaved_bytes_ += kBytesPerHour;
  core::Totals gain;
  (kind == core::Kind::click ? gain.clicks : gain.impressions) = 1;
  if (is_new) {
    gain.unique_users = 1;
    remember(hour, user_hash);
    state.unsaved.new_users.push_back(user_hash);
    bytes_ += kBytesPerUnsavedUser;
    unsaved_bytes_ += kBytesPerUnsavedUser;
  }
  state.unsaved.totals.add(gain);
  if (state.totals)
    state.totals->add(gain);
  state.touched = elapsed;
  mark_changed(hour, state);
}

void HourTable::mark_changed(core::Hour hour, State& state) {
  if (!std::exchange(state.changed, true))
    changed_.push_back(hour);
}

std::shared_ptr<const HourGains> HourTable::take_gains() {
  auto gains = std::make_shared<HourGains>();
  for (auto& [hour, state] : hours_) {
    if (!state->has_unsaved())
      continue;
    gains->push_back(std::exchange(state->unsaved, HourGain{core::Hour{hour}, {}, {}}));
    state->in_flight = true;
  }
  std::sort(gains->begin(), gains->end(),
            [](const HourGain& left, const HourGain& right) { return left.hour < right.hour; });
  unsaved_bytes_ = 0;
  in_flight_ = std::move(gains);
  return in_flight_;
}

void HourTable::settle() {
  for (const HourGain& gain : *in_flight_)
    hours_.find(gain.hour.value())->second->in_flight = false;
  bytes_ -= bytes_of(*in_flight_);
  in_flight_ = nullptr;
}

bool HourTable::rests(const State& state, core::Hour hour, const Moment& now,
                      std::chrono::milliseconds rest) {
  const std::uint64_t end = (hour.value() + 1) * core::kMillisecondsPerHour;
  return end + static_cast<std::uint64_t>(rest.count()) <= now.log_time.value() &&
         state.touched + rest <= now.elapsed;
}

void HourTable::seal(const Moment& now, std::chrono::milliseconds rest) {
  std::vector<core::Hour> resting;
  for (const auto& [hour, state] : hours_) {
    if (state->is_settled() && (!state->complete || rests(*state, core::Hour{hour}, now, rest)))
      resting.emplace_back(hour);
  }
  for (const core::Hour hour : resting)
    let_go(hour);
}

bool HourTable::waits_for_run(const Moment& now, std::chrono::milliseconds rest) const {
  return std::any_of(hours_.begin(), hours_.end(), [&](const auto& entry) {
    const auto& [hour, state] = entry;
    return state->has_unsaved() && rests(*state, core::Hour{hour}, now, rest);
  });
}

void HourTable::shrink(std::uint64_t bytes) {
  if (bytes_ <= bytes)
    return;
  std::vector<std::pair<std::chrono::milliseconds, core::Hour>> by_age;
  by_age.reserve(hours_.size());
  for (const auto& [hour, state] : hours_)
    by_age.emplace_back(state->touched, hour);
  std::sort(by_age.begin(), by_age.end());
  for (const auto& [touched, hour] : by_age) {
    if (bytes_ <= bytes)
      return;
    State& state = *hours_.find(hour.value())->second;
    if (state.is_settled())
      let_go(hour);
    else
      forget_saved_users(hour, state);
  }
}

void HourTable::let_go(core::Hour hour) {
  const auto found = hours_.find(hour.value());
  const std::uint64_t users = found->second->users.size();
  bytes_ -= kBytesPerHour + users * kBytesPerUser;
  user_count_ -= users;
  removed_.push_back(hour);
  hours_.erase(found);
}

std::vector<std::uint64_t> HourTable::unsaved_users(core::Hour hour) const {
  const State& state = *hours_.find(hour.value())->second;
  std::vector<std::uint64_t> users = state.unsaved.new_users;
  if (state.in_flight) {
    const auto gain =
        std::lower_bound(in_flight_->begin(), in_flight_->end(), hour,
                         [](const HourGain& left, core::Hour wanted) { return left.hour < wanted; });
    users.insert(users.end(), gain->new_users.begin(), gain->new_users.end());
  }
  return users;
}

void HourTable::forget_saved_users(core::Hour hour, State& state) {
  UserSet unsaved;
  for (const std::uint64_t user : unsaved_users(hour))
    unsaved.insert(user);
  const std::uint64_t forgotten = state.users.size() - unsaved.size();
  bytes_ -= forgotten * kBytesPerUser;
  user_count_ -= forgotten;
  state.complete = state.complete && forgotten == 0;
  state.users = std::move(unsaved);
  mark_changed(hour, state);
}

TotalsBoard::Changes HourTable::take_changes() {
  TotalsBoard::Changes changes;
  changes.removed = std::exchange(removed_, {});
  changes.entries.reserve(changed_.size());
  for (const core::Hour hour : std::exchange(changed_, {})) {
    const auto found = hours_.find(hour.value());
    if (found == hours_.end() || !std::exchange(found->second->changed, false))
      continue;
    const State& state = *found->second;
    changes.entries.push_back(
        {hour, {state.totals, state.complete ? ports::Source::hot : ports::Source::cold}});
  }
  return changes;
}

}  // namespace hourglass::engine
