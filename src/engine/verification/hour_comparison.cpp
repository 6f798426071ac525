#include "engine/verification/hour_comparison.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/hour_text.hpp"
#include "core/siphash.hpp"

namespace hourglass::engine {
namespace {

/// So many events of an hour are compared at once; 16 bytes each. Larger hours take several passes.
constexpr std::uint64_t kEventsAtOnce = 16 << 20;

void add_event(core::Totals& totals, bool is_impression) {
  (is_impression ? totals.impressions : totals.clicks) += 1;
}

void sort_out_repeats(std::vector<std::uint64_t>& users) {
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
}

std::string counts(const core::Totals& totals) {
  return std::to_string(totals.clicks) + " clicks and " + std::to_string(totals.impressions) + " impressions";
}

}  // namespace

HourComparison::HourComparison(const StoreFiles& files, LogEvents& log, const StoreIdentity& identity,
                               bool all_kept, const ProblemSink& report)
    : files_(files),
      log_(log),
      identity_(identity),
      report_(report),
      cursors_(files.hours.begin(), files.hours.end()),
      at_end_(files.hours.size()),
      all_kept_(all_kept) {}

StoreResult<void> HourComparison::run() {
  count_kept_events();
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    const auto more = cursors_[i].next_hour();
    if (!more)
      return base::unexpected(more.error());
    at_end_[i] = !*more;
  }
  while (const auto hour = next_hour()) {
    auto state = load(*hour);
    if (!state)
      return base::unexpected(state.error());
    if (auto compared = compare(*state); !compared)
      return compared;
    if (auto gone_on = go_on(*state); !gone_on)
      return gone_on;
  }
  return {};
}

void HourComparison::count_kept_events() {
  for (const auto& file : files_.events) {
    const auto counted = file->hours([&](const HourCount& count) -> StoreResult<void> {
      kept_[count.hour] += count.events;
      return {};
    });
    if (counted)
      continue;
    all_kept_ = false;
    damages_.insert(counted.error().message);
    report_(counted.error().message);
  }
}

std::optional<core::Hour> HourComparison::next_hour() const {
  std::optional<core::Hour> next;
  const auto consider = [&](core::Hour hour) { next = next ? std::min(*next, hour) : hour; };
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    if (!at_end_[i])
      consider(cursors_[i].hour());
  }
  if (!log_.front().empty())
    consider(core::Hour{log_.front().front().hour});
  if (!kept_.empty())
    consider(kept_.begin()->first);
  return next;
}

StoreResult<HourComparison::HourState> HourComparison::load(core::Hour hour) {
  HourState state;
  state.hour = hour;
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    if (at_end_[i] || cursors_[i].hour() != hour)
      continue;
    if (auto loaded = load_source(state, i); !loaded)
      return base::unexpected(loaded.error());
  }
  std::uint64_t kept = 0;
  if (!kept_.empty() && kept_.begin()->first == hour) {
    kept = kept_.begin()->second;
    kept_.erase(kept_.begin());
  }
  if (!log_.front().empty() && log_.front().front().hour == hour.value())
    state.log = log_.front();
  for (const LogEvent& event : state.log) {
    if (event.is_gain)
      add_event(state.totals, event.is_impression);
    kept += event.is_archived ? 0 : 1;
  }
  const std::uint64_t counted = state.totals.clicks + state.totals.impressions;
  state.is_kept = kept == counted;
  if (kept > counted || (all_kept_ && kept < counted))
    report(state, std::to_string(counted) + " events are counted, and " + std::to_string(kept) + " are kept");
  return state;
}

StoreResult<void> HourComparison::load_source(HourState& state, std::size_t index) {
  Source source{&cursors_[index], files_.hours[index].get(), false, 0};
  const auto more = source.cursor->next_user();
  if (!more)
    return base::unexpected(more.error());
  source.has_user = *more;
  state.totals.add(source.cursor->totals());
  state.is_frozen = state.is_frozen || state.hour < source.run->frozen_before();
  state.sources.push_back(source);
  return {};
}

StoreResult<void> HourComparison::compare(HourState& state) {
  const std::uint64_t events = state.totals.clicks + state.totals.impressions;
  Part part;
  while (events >> part.bits > kEventsAtOnce)
    ++part.bits;
  for (part.number = 0; part.number >> part.bits == 0; ++part.number) {
    if (auto compared = compare_users(state, part); !compared)
      return compared;
  }
  report_differences(state);
  figures_.hours += 1;
  figures_.users += state.totals.unique_users;
  figures_.events += events;
  return {};
}

StoreResult<void> HourComparison::compare_users(HourState& state, const Part& part) {
  auto known = users_of_runs(state, part);
  if (!known)
    return base::unexpected(known.error());
  add_gains(state, part, *known);
  if (!state.is_kept)
    return {};
  const std::vector<std::uint64_t> users = users_of_events(state, part);
  state.from_events.unique_users += users.size();
  state.users_differ = state.users_differ || (!state.is_frozen && users != *known);
  return {};
}

/// In ascending order. A user that two runs count stands there twice.
StoreResult<std::vector<std::uint64_t>> HourComparison::users_of_runs(HourState& state, const Part& part) {
  std::vector<std::uint64_t> users;
  for (Source& source : state.sources) {
    while (source.has_user && part.holds(source.cursor->user())) {
      users.push_back(source.cursor->user());
      ++source.users;
      const auto more = source.cursor->next_user();
      if (!more)
        return base::unexpected(more.error());
      if (*more && source.cursor->user() <= users.back())
        return damage(source.run->path(), "its users are not in order in " + core::hour_text(state.hour));
      source.has_user = *more;
    }
  }
  std::sort(users.begin(), users.end());
  if (std::adjacent_find(users.begin(), users.end()) != users.end())
    state.users_differ = true;
  return users;
}

/// Adds the users that were new in the log to those of the runs.
void HourComparison::add_gains(HourState& state, const Part& part, std::vector<std::uint64_t>& known) {
  std::vector<const LogEvent*> gains;
  for (const LogEvent& event : state.log) {
    if (event.is_gain && part.holds(event.user_hash))
      gains.push_back(&event);
  }
  std::stable_sort(gains.begin(), gains.end(), [](const LogEvent* left, const LogEvent* right) {
    return left->user_hash < right->user_hash;
  });
  std::vector<std::uint64_t> all;
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    const LogEvent& event = *gains[i];
    const bool is_first = i == 0 || event.user_hash != previous;
    const bool is_known = std::binary_search(known.begin(), known.end(), event.user_hash);
    // Where users were removed from runs, only the log can tell.
    const bool is_new = state.is_frozen ? event.is_new_user : is_first && !is_known;
    state.flags_are_wrong = state.flags_are_wrong || (event.says_if_new && event.is_new_user != is_new);
    if (is_new)
      all.push_back(event.user_hash);
    previous = event.user_hash;
  }
  state.totals.unique_users += all.size();
  const auto middle = static_cast<std::ptrdiff_t>(known.size());
  known.insert(known.end(), all.begin(), all.end());
  std::inplace_merge(known.begin(), known.begin() + middle, known.end());
}

/// In ascending order, each once.
std::vector<std::uint64_t> HourComparison::users_of_events(HourState& state, const Part& part) {
  std::vector<std::uint64_t> users;
  const auto add = [&](bool is_impression, std::uint64_t hash) {
    if (part.number == 0)
      add_event(state.from_events, is_impression);
    if (part.holds(hash))
      users.push_back(hash);
  };
  for (const auto& file : files_.events) {
    const auto read = file->read_hour(state.hour, [&](const KeptEvent& event) -> StoreResult<void> {
      add(event.kind == core::Kind::impression, core::siphash64(identity_.hash_key, event.user));
      return {};
    });
    if (read)
      continue;
    state.is_kept = false;
    if (damages_.insert(read.error().message).second)
      report_(read.error().message);
  }
  for (const LogEvent& event : state.log) {
    if (!event.is_archived)
      add(event.is_impression, event.user_hash);
  }
  sort_out_repeats(users);
  return users;
}

void HourComparison::report_differences(const HourState& state) {
  for (const Source& source : state.sources) {
    const std::uint64_t said = source.cursor->totals().unique_users;
    const bool has_been_frozen = state.hour < source.run->frozen_before();
    if (source.users != said && !has_been_frozen)
      report_(source.run->path().string() + " holds " + std::to_string(source.users) + " users of " +
              core::hour_text(state.hour) + " and says " + std::to_string(said));
  }
  if (state.flags_are_wrong)
    report(state, "what the log says of new users is wrong");
  if (state.totals.unique_users > state.totals.clicks + state.totals.impressions)
    report(state, "there are more users than events");
  if (!state.is_kept) {
    if (state.users_differ)
      report(state, "a user is counted twice");
    return;
  }
  const core::Totals& from = state.from_events;
  if (from.clicks != state.totals.clicks || from.impressions != state.totals.impressions)
    report(state, counts(state.totals) + " are counted, and " + counts(from) + " are kept");
  if (state.users_differ)
    report(state, "the users are not those of the events");
  if (from.unique_users != state.totals.unique_users)
    report(state, std::to_string(state.totals.unique_users) + " users are counted, and the events are of " +
                      std::to_string(from.unique_users));
}

/// Leaves the hour behind in all places.
StoreResult<void> HourComparison::go_on(const HourState& state) {
  if (!state.log.empty())
    log_.take_front();
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    if (at_end_[i] || cursors_[i].hour() != state.hour)
      continue;
    const auto more = cursors_[i].next_hour();
    if (!more)
      return base::unexpected(more.error());
    if (*more && cursors_[i].hour() <= state.hour)
      return damage(files_.hours[i]->path(),
                    "its hours are not in order behind " + core::hour_text(state.hour));
    at_end_[i] = !*more;
  }
  return {};
}

/// Names the places that the hour was put together from.
void HourComparison::report(const HourState& state, const std::string& what) {
  std::string places;
  for (const Source& source : state.sources)
    places += source.run->path().string() + ", ";
  if (!state.log.empty())
    places += files_.log.back().path.parent_path().string() + ", ";
  if (places.empty() && !files_.events.empty())
    places = files_.events.front()->path().parent_path().string() + ", ";
  report_(places.substr(0, places.size() - std::min<std::size_t>(2, places.size())) + ": " +
          core::hour_text(state.hour) + ": " + what);
}

}  // namespace hourglass::engine
