#include "engine/store.hpp"

#include <utility>

#include "engine/close_mark.hpp"

namespace hourglass::engine {
namespace {

using base::Error;
using base::ErrorCode;

/// Sets the failure of every submission that has none yet.
void fail_all(std::vector<QueuedSubmission>& submissions, ErrorCode code, const std::string& message) {
  for (QueuedSubmission& queued : submissions) {
    if (!queued.submission->failure)
      queued.submission->failure = Error{code, message};
  }
}

/// For a failure before anything was written.
void refuse_all(std::vector<QueuedSubmission>& submissions, const StoreFailure& failure) {
  if (failure.reason == StoreFailure::Reason::full)
    fail_all(submissions, ErrorCode::storage_full, "the disk is full; nothing was counted");
  else
    fail_all(submissions, ErrorCode::store_unavailable,
             "the store cannot write at the moment; nothing was counted");
}

void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount) {
  counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

}  // namespace

Store::Health Store::commit(std::vector<QueuedSubmission>& submissions) {
  const Moment now = read_clock();
  look_after(now);
  if (keys_->is_full() || hours_->is_full()) {
    fail_all(submissions, ErrorCode::storage_full,
             "what is in memory cannot be moved to the disk; nothing was counted");
    return Health::good;
  }
  Plan plan{CommitEncoder(next_sequence_, now.log_time), now, {}, {}, {}, 0};
  for (QueuedSubmission& queued : submissions) {
    if (auto planned = plan_submission(plan, queued); !planned)
      queued.submission->failure = planned.error();
  }
  return write(plan, submissions);
}

Moment Store::read_clock() {
  const auto advance = clock_.advance({services_.clock.now(), services_.clock.elapsed()});
  if (advance.jump_began)
    services_.log.write(ports::LogLevel::warning, "the clock jumped; idempotency windows wait for a minute",
                        {{"now", std::to_string(services_.clock.now().value())},
                         {"log_time", std::to_string(advance.log_time.value())}});
  return {advance.log_time, elapsed()};
}

/// Asks the disk about all events before the first is planned, so that a failure leaves nothing of the
/// submission behind.
base::Result<std::vector<Store::Known>> Store::look_up(const Plan& plan, const QueuedSubmission& queued) {
  std::vector<Known> known(queued.hashes.size());
  for (std::size_t i = 0; i < queued.hashes.size(); ++i) {
    const auto& key = queued.hashes[i].key;
    if (key && !plan.keys.contains(*key)) {  // what repeats within the commit is seen when it is planned
      const auto occurred = keys_->occurred(*key, plan.now.log_time);
      if (!occurred) {
        report(occurred.error(), plan.now.elapsed);
        return base::fail(ErrorCode::store_unavailable,
                          "the store cannot read its idempotency keys; nothing was counted");
      }
      known[i].repeats_key = *occurred;
    }
    if (known[i].repeats_key)
      continue;
    const core::Hour hour = core::hour_of(queued.submission->events[i].timestamp);
    if (hour < hours_->frozen_before())
      return base::fail(ErrorCode::hour_frozen,
                        "the hour is older than retention.users: nothing was counted");
    const auto is_new = hours_->is_new(hour, queued.hashes[i].user);
    if (!is_new) {
      report(is_new.error(), plan.now.elapsed);
      if (is_new.error().reason == StoreFailure::Reason::damaged)
        return base::fail(ErrorCode::hour_damaged, "users of the hour cannot be read; nothing was counted");
      return base::fail(ErrorCode::store_unavailable, "the store cannot be read; nothing was counted");
    }
    known[i].is_new_user = *is_new;
  }
  return known;
}

base::Result<void> Store::plan_submission(Plan& plan, const QueuedSubmission& queued) {
  auto known = look_up(plan, queued);
  if (!known)
    return base::failure_of(std::move(known));
  for (std::size_t i = 0; i < queued.hashes.size(); ++i) {
    const core::Event& event = queued.submission->events[i];
    const auto& key = queued.hashes[i].key;
    if (key && !plan.keys.insert(*key).second) {
      ++plan.duplicates;  // its window begins with this commit already
    } else if ((*known)[i].repeats_key) {
      ++plan.duplicates;
      plan.encoder.add_refreshed_key(*key);
    } else {
      const core::Hour hour = core::hour_of(event.timestamp);
      const std::uint64_t user_hash = queued.hashes[i].user;
      const bool is_new = (*known)[i].is_new_user && plan.new_users.insert({hour, user_hash}).second;
      plan.encoder.add_event({event.timestamp, event.kind, event.user.bytes(), key, is_new});
      plan.counted.push_back({hour, event.kind, user_hash, is_new});
    }
  }
  return {};
}

Store::Health Store::write(Plan& plan, std::vector<QueuedSubmission>& submissions) {
  if (plan.encoder.empty())
    return Health::good;
  const std::string payload = plan.encoder.take();
  if (const auto reserved = log_->reserve(payload.size()); !reserved) {
    refuse_all(submissions, reserved.error());
    if (reserved.error().reason == StoreFailure::Reason::full)
      return Health::good;
    services_.log.write(ports::LogLevel::error, "cannot prepare a commit",
                        {{"reason", reserved.error().message}});
    return Health::broken;
  }
  last_record_ = log_->next_record();
  if (const auto appended = log_->append(RecordType::commit, payload); !appended) {
    fail_all(submissions, ErrorCode::outcome_unknown, "writing failed; the event may or may not be counted");
    services_.log.write(ports::LogLevel::error, "a commit failed", {{"reason", appended.error().message}});
    add(services_.counters.failed_commits, 1);
    return Health::broken;
  }
  bytes_since_spill_ += payload.size();
  take_effect(plan);
  return Health::good;
}

void Store::take_effect(const Plan& plan) {
  std::uint64_t clicks = 0;
  for (const Counted& event : plan.counted) {
    hours_->count(event.hour, event.kind, event.user_hash, event.is_new_user, plan.now.elapsed);
    clicks += event.kind == core::Kind::click ? 1 : 0;
  }
  for (const core::Hash128& key : plan.keys)
    keys_->record(key, plan.now.log_time);
  next_sequence_ = Sequence{next_sequence_.value() + plan.counted.size()};
  add(services_.counters.clicks, clicks);
  add(services_.counters.impressions, plan.counted.size() - clicks);
  add(services_.counters.duplicates, plan.duplicates);
  publish();
}

void Store::publish() {
  TotalsBoard::Changes changes = hours_->take_changes();
  changes.first_open_hour = first_open_hour_;
  changes.is_first = !std::exchange(published_, true);
  services_.board.publish(changes);
  EngineCounters& counters = services_.counters;
  counters.hours_in_memory.store(hours_->table().hour_count(), std::memory_order_relaxed);
  counters.users_in_memory.store(hours_->table().user_count(), std::memory_order_relaxed);
  counters.hour_memory_bytes.store(hours_->table().bytes(), std::memory_order_relaxed);
  counters.keys_in_memory.store(keys_->keys_in_memory(), std::memory_order_relaxed);
  counters.log_bytes.store(log_->bytes_on_disk(), std::memory_order_relaxed);
  counters.key_bytes.store(keys_->bytes_on_disk(), std::memory_order_relaxed);
  counters.hour_bytes.store(hours_->runs().bytes_on_disk(), std::memory_order_relaxed);
  counters.event_bytes.store(archive_->bytes_on_disk(), std::memory_order_relaxed);
}

void Store::close() {
  StoreResult<void> closed = log_->append(RecordType::close, {});
  if (closed)
    closed = write_close_mark(services_.files, settings_.directory / kClosedName, identity_,
                              RecordNumber{log_->next_record().value() - 1});
  if (!closed)
    services_.log.write(ports::LogLevel::warning, "cannot mark the log as closed",
                        {{"reason", closed.error().message}});
}

}  // namespace hourglass::engine
