#include "engine/hours/hour_store.hpp"

#include <algorithm>
#include <utility>

#include "engine/hours/hour_run_cursor.hpp"

namespace hourglass::engine {
namespace {

constexpr std::chrono::seconds kRetryDelay{5};
constexpr std::chrono::milliseconds kLongestLookInterval{10'000};

/// Sorts what hours have gained and writes it as a run.
StoreResult<std::shared_ptr<const HourRun>> write_gains(FileSystem& files,
                                                        const std::filesystem::path& directory,
                                                        const StoreIdentity& identity, RecordNumber first,
                                                        const LogPosition& end, const HourGains& gains) {
  auto writer = HourRunWriter::create(files, directory, identity, first, end, core::Hour{0});
  if (!writer)
    return base::unexpected(writer.error());
  for (const HourGain& gain : gains) {
    if (auto begun = writer->begin_hour(gain.hour, gain.totals); !begun)
      return base::unexpected(begun.error());
    std::vector<std::uint64_t> users = gain.new_users;
    std::sort(users.begin(), users.end());
    for (const std::uint64_t user : users) {
      if (auto added = writer->add_user(user); !added)
        return base::unexpected(added.error());
    }
  }
  return writer->finish();
}

core::Hour latest_frozen(const HourRuns& runs) {
  core::Hour latest;
  for (const auto& run : runs)
    latest = std::max(latest, run->frozen_before());
  return latest;
}

}  // namespace

HourStore::HourStore(FileSystem& files, std::filesystem::path directory, const StoreIdentity& identity,
                     HourStoreSettings settings, const Executors& executors, RunFolder<HourRun> runs)
    : files_(files),
      directory_(std::move(directory)),
      identity_(identity),
      settings_(settings),
      runs_(std::move(runs)),
      frozen_before_(latest_frozen(runs_.runs())),
      spill_(executors.quick),
      merge_(executors.slow) {}

StoreResult<std::unique_ptr<HourStore>> HourStore::open(FileSystem& files, std::filesystem::path directory,
                                                        const StoreIdentity& identity,
                                                        HourStoreSettings settings,
                                                        const Executors& executors) {
  auto runs = RunFolder<HourRun>::open(files, directory, identity);
  if (!runs)
    return base::unexpected(runs.error());
  if (!runs->runs().empty() && runs->runs().front()->range().first != RecordNumber{1})
    return damage(directory, "a file is missing before " + runs->runs().front()->path().filename().string());
  return std::unique_ptr<HourStore>(
      new HourStore(files, std::move(directory), identity, settings, executors, std::move(*runs)));
}

LogPosition HourStore::covered() const {
  return runs_.runs().empty() ? LogPosition{} : runs_.runs().back()->end();
}

StoreResult<void> HourStore::take_in(core::Hour hour) {
  if (table_.holds(hour))
    return {};
  const auto saved = totals_of(runs_.runs(), hour);
  if (!saved && saved.error().reason != StoreFailure::Reason::damaged)
    return base::unexpected(saved.error());
  table_.take_in(hour, saved ? std::optional(*saved) : std::nullopt);
  return {};
}

StoreResult<bool> HourStore::is_new(core::Hour hour, std::uint64_t user_hash) {
  if (!table_.holds(hour)) {
    const auto saved = totals_of(runs_.runs(), hour);
    if (!saved)
      return base::unexpected(saved.error());
    table_.take_in(hour, *saved);
  }
  switch (table_.membership(hour, user_hash)) {
    case HourTable::Membership::known: return false;
    case HourTable::Membership::not_known: return true;
    case HourTable::Membership::only_runs_can_tell: break;
  }
  const auto contained = contains_user(runs_.runs(), hour, user_hash);
  if (!contained)
    return base::unexpected(contained.error());
  if (*contained)
    table_.remember(hour, user_hash);
  return !*contained;
}

bool HourStore::is_full() const {
  return gains_ != nullptr && !spill_.running() && table_.unsaved_bytes() >= settings_.unsaved_bytes;
}

StoreResult<void> HourStore::advance(const LogPosition& counted, const Moment& now) {
  if (auto taken = take_results(); !taken) {
    retry_at_ = now.elapsed + kRetryDelay;
    return taken;
  }
  if (now.elapsed < retry_at_)
    return {};
  const bool is_due = table_.unsaved_bytes() >= settings_.unsaved_bytes ||
                      (spill_requested_ && counted.record > covered().record);
  if (!spill_.running() && (gains_ != nullptr || is_due))
    begin_spill(counted);
  if (!merge_.running())
    begin_merge();
  if (auto looked = look_after_hours(now); !looked)
    return looked;
  // Down to a part of the bound, so that it is not reached again at once: looking for what to let go costs
  // time.
  if (table_.bytes() > settings_.memory_bytes)
    table_.shrink(settings_.memory_bytes / 8 * 7);
  return {};
}

StoreResult<void> HourStore::take_results() {
  // When as much again waits, the writer waits too: that is the bound on memory.
  const bool must_wait = gains_ != nullptr && table_.unsaved_bytes() >= settings_.unsaved_bytes;
  if (auto spilled = spill_.take(must_wait)) {
    if (!*spilled)
      return base::unexpected(spilled->error());
    gains_ = nullptr;
    table_.settle();
    adopt(std::move(**spilled));
  }
  if (auto merged = merge_.take(false)) {
    const HourRuns inputs = std::exchange(merging_, {});
    if (*merged)
      adopt(std::move(**merged));
    else if (merged->error().reason == StoreFailure::Reason::damaged)
      runs_.leave_alone(inputs);
    if (!*merged) {
      runs_.disown(directory_ / hour_run_name({inputs.front()->range().first, inputs.back()->range().last},
                                              latest_frozen(inputs)));
      return base::unexpected(merged->error());
    }
  }
  return runs_.remove_superseded();
}

void HourStore::adopt(Run run) {
  runs_.adopt(std::move(run));
  runs_changed_ = true;
  look_next_at_ = std::chrono::milliseconds{0};
}

void HourStore::begin_spill(const LogPosition& counted) {
  if (gains_ == nullptr) {
    gains_ = table_.take_gains();
    gains_end_ = counted;
    spill_requested_ = false;
  }
  const RecordNumber first{covered().record.value() + 1};
  spill_.start([this, first, gains = gains_, end = gains_end_] {
    return write_gains(files_, directory_, identity_, first, end, *gains);
  });
}

void HourStore::begin_merge() {
  const bool may_thin_out = covered().record >= frozen_at_;
  merging_ = runs_.to_merge(settings_.merged_bytes / kHourPageSize);
  if (merging_.empty() && may_thin_out)
    merging_ = run_to_thin_out();
  if (merging_.empty())
    return;
  const core::Hour frozen = may_thin_out ? frozen_before_ : latest_frozen(merging_);
  merge_.start([this, inputs = merging_, frozen] {
    return merge_hour_runs(files_, directory_, identity_, inputs, frozen);
  });
}

/// A run of which a quarter or more would go with the users of frozen hours.
HourRuns HourStore::run_to_thin_out() const {
  for (const Run& run : runs_.runs()) {
    if (run->frozen_before() >= frozen_before_ || run->page_count() == 0)
      continue;
    const std::size_t gone_before = run->page_of(run->frozen_before(), 0);
    const std::size_t would_go = run->page_of(frozen_before_, 0) - gone_before;
    if (would_go > 0 && would_go * 4 >= run->page_count())
      return {run};
  }
  return {};
}

void HourStore::freeze(core::Hour before, RecordNumber counted) {
  frozen_before_ = std::max(frozen_before_, before);
  frozen_at_ = counted;
  spill_requested_ = true;
}

StoreResult<void> HourStore::look_after_hours(const Moment& now) {
  if (now.elapsed < look_next_at_)
    return {};
  look_next_at_ = now.elapsed + std::min(settings_.rest / 4, kLongestLookInterval);
  if (table_.waits_for_run(now, settings_.rest))
    spill_requested_ = true;
  table_.seal(now, settings_.rest);
  return keep_current_hours(now.log_time);
}

StoreResult<void> HourStore::keep_current_hours(core::Timestamp now) {
  const std::uint64_t current = core::hour_of(now).value();
  const auto rest = static_cast<std::uint64_t>(settings_.rest.count());
  for (const core::Hour hour : {core::Hour{current == 0 ? 0 : current - 1}, core::Hour{current}}) {
    const bool rests = (hour.value() + 1) * core::kMillisecondsPerHour + rest <= now.value();
    if (rests || table_.is_complete(hour))
      continue;
    if (auto taken = take_in(hour); !taken)
      return taken;
    if (table_.is_complete(hour) || !fits(hour))
      continue;
    auto completed = complete(hour);
    // Damage leaves the hour as it is: whoever asks for a user that cannot be read is told so.
    if (!completed && completed.error().reason != StoreFailure::Reason::damaged)
      return completed;
  }
  return {};
}

bool HourStore::fits(core::Hour hour) const {
  const auto totals = table_.totals(hour);
  return totals &&
         table_.bytes() + totals->unique_users * HourTable::kBytesPerUser <= settings_.memory_bytes / 4 * 3;
}

StoreResult<void> HourStore::complete(core::Hour hour) {
  for (const Run& run : runs_.runs()) {
    HourRunCursor cursor(run);
    const auto found = cursor.seek(hour);
    if (!found)
      return base::unexpected(found.error());
    if (!*found || cursor.hour() != hour)
      continue;
    while (true) {
      const auto users = cursor.next_users();
      if (!users)
        return base::unexpected(users.error());
      if (users->empty())
        break;
      for (const std::uint64_t user : *users)
        table_.remember(hour, user);
    }
  }
  table_.mark_complete(hour);
  return {};
}

StoreResult<HourUsers> HourStore::users_of(const std::vector<core::Hour>& hours) const {
  HourUsers users;
  users.runs = std::make_shared<const HourRuns>(runs_.runs());
  users.hours = hours;
  for (const core::Hour hour : hours) {
    if (!table_.holds(hour)) {
      const auto totals = totals_of(runs_.runs(), hour);
      if (!totals)
        return base::unexpected(totals.error());
      users.at_most += totals->unique_users;
      continue;
    }
    const auto totals = table_.totals(hour);
    users.at_most += totals ? totals->unique_users : 0;
    users.unsaved.push_back(table_.unsaved_users(hour));
  }
  return users;
}

TotalsBoard::Changes HourStore::take_changes() {
  TotalsBoard::Changes changes = table_.take_changes();
  if (std::exchange(runs_changed_, false))
    changes.runs = std::make_shared<const HourRuns>(runs_.runs());
  return changes;
}

}  // namespace hourglass::engine
