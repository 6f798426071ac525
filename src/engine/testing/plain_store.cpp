#include "engine/testing/plain_store.hpp"

#include <algorithm>

namespace hourglass::engine {

std::string name_of_user(std::uint32_t user) {
  const std::string name = "user" + std::to_string(user);
  return user % 16 == 0 ? name + std::string(200, '.') : name;
}

core::Event to_event(const PlainEvent& event) {
  core::Event result{core::Timestamp{event.timestamp}, *core::User::from_bytes(name_of_user(event.user)),
                     event.kind, std::nullopt};
  if (event.key)
    result.key = *core::IdempotencyKey::from_text(std::to_string(*event.key));
  return result;
}

PlainStore::Span PlainStore::read_clocks(const core::WindowClock::Reading& reading) {
  const core::Timestamp one = earliest_clock_.advance(reading).log_time;
  const core::Timestamp other = latest_clock_.advance(reading).log_time;
  now_ = {std::min(one, other), std::max(one, other)};
  return now_;
}

void PlainStore::reopen() {
  earliest_clock_ = core::WindowClock(last_commit_);
  latest_clock_ = core::WindowClock(now_.latest);
  now_.earliest = last_commit_;
}

bool PlainStore::surely_inside(const Key& key, const Span& now) const {
  const auto found = keys_.find(key);
  const auto window = static_cast<std::uint64_t>(window_.count());
  return found != keys_.end() && found->second.earliest.value() + window > now.latest.value();
}

bool PlainStore::surely_outside(const Key& key, const Span& now) const {
  const auto found = keys_.find(key);
  const auto window = static_cast<std::uint64_t>(window_.count());
  return found == keys_.end() || found->second.latest.value() + window <= now.earliest.value();
}

bool PlainStore::is_uncertain(const PlainEvent& event, const Span& now) const {
  if (!event.key)
    return false;
  const Key key{event.user, *event.key};
  return !surely_inside(key, now) && !surely_outside(key, now);
}

PlainStore::Commit PlainStore::plan(const std::vector<PlainSubmission>& submissions, const Span& now) const {
  Commit commit{now, {}, {}};
  for (const PlainSubmission& submission : submissions) {
    for (const PlainEvent& event : submission) {
      if (event.key) {
        const Key key{event.user, *event.key};
        if (!commit.keys.insert(key).second || surely_inside(key, now))
          continue;
      }
      commit.counted.push_back(event);
    }
  }
  return commit;
}

void PlainStore::count(CountedHour& hour, const PlainEvent& event) {
  ++(event.kind == core::Kind::click ? hour.clicks : hour.impressions);
  hour.users.insert(event.user);
}

core::Totals PlainStore::totals_of(const CountedHour& hour) {
  return {hour.users.size(), hour.clicks, hour.impressions};
}

void PlainStore::apply(const Commit& commit) {
  for (const PlainEvent& event : commit.counted) {
    CountedHour& hour = hours_[event.hour()];
    count(hour, event);
    hour.touched = commit.log_time.latest;
    accepted_.push_back({event, commit.log_time});
  }
  for (const Key& key : commit.keys)
    keys_[key] = commit.log_time;
  if (!commit.counted.empty() || !commit.keys.empty())
    last_commit_ = commit.log_time.earliest;
}

void PlainStore::apply_perhaps(const Commit& commit) {
  for (const Key& key : commit.keys)
    keys_[key].latest = commit.log_time.latest;
}

core::Totals PlainStore::totals(core::Hour hour) const {
  const auto found = hours_.find(hour);
  return found == hours_.end() ? core::Totals{} : totals_of(found->second);
}

core::Totals PlainStore::totals_after(core::Hour hour, const Commit& commit) const {
  const auto found = hours_.find(hour);
  CountedHour counted = found == hours_.end() ? CountedHour{} : found->second;
  for (const PlainEvent& event : commit.counted) {
    if (event.hour() == hour)
      count(counted, event);
  }
  return totals_of(counted);
}

std::vector<core::Hour> PlainStore::hours() const {
  std::vector<core::Hour> hours;
  for (const auto& [hour, counted] : hours_)
    hours.push_back(hour);
  return hours;
}

}  // namespace hourglass::engine
