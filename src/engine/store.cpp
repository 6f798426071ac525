#include "engine/store.hpp"

#include <utility>

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
  const core::Timestamp log_time = read_clock();
  if (!advance_keys(log_time)) {
    fail_all(submissions, ErrorCode::storage_full,
             "there is no room for further idempotency keys; nothing was counted");
    return Health::good;
  }
  Plan plan{CommitEncoder(next_sequence_, log_time), log_time, {}, {}, 0};
  for (QueuedSubmission& queued : submissions) {
    if (auto planned = plan_submission(plan, queued); !planned) {
      services_.log.write(ports::LogLevel::error, "cannot look up idempotency keys",
                          {{"reason", planned.error().message}});
      queued.submission->failure = Error{ErrorCode::store_unavailable,
                                         "the store cannot read its idempotency keys; nothing was counted"};
    }
  }
  return write(plan, submissions);
}

core::Timestamp Store::read_clock() {
  const auto advance = clock_.advance({services_.clock.now(), services_.clock.elapsed()});
  if (advance.jump_began)
    services_.log.write(ports::LogLevel::warning, "the clock jumped; idempotency windows wait for a minute",
                        {{"now", std::to_string(services_.clock.now().value())},
                         {"log_time", std::to_string(advance.log_time.value())}});
  return advance.log_time;
}

/// False if there is no room for keys, in memory or on disk.
bool Store::advance_keys(core::Timestamp log_time) {
  const auto advanced = keys_->advance(last_record_, log_time);
  if (!advanced && !key_trouble_logged_)
    services_.log.write(ports::LogLevel::error, "cannot move idempotency keys to disk",
                        {{"reason", advanced.error().message}});
  key_trouble_logged_ = !advanced;
  return !keys_->is_full();
}

/// Which of the events repeat a key of the window. Looked up before the first event is planned, so that a
/// failure leaves nothing of the submission behind.
StoreResult<std::vector<bool>> Store::find_repeated(const Plan& plan, const QueuedSubmission& queued) const {
  std::vector<bool> repeated(queued.hashes.size());
  for (std::size_t i = 0; i < queued.hashes.size(); ++i) {
    const auto& key = queued.hashes[i].key;
    if (!key || plan.keys.contains(*key))
      continue;  // what repeats within the commit is seen when it is planned
    const auto occurred = keys_->occurred(*key, plan.log_time);
    if (!occurred)
      return base::unexpected(occurred.error());
    repeated[i] = *occurred;
  }
  return repeated;
}

StoreResult<void> Store::plan_submission(Plan& plan, const QueuedSubmission& queued) {
  const auto repeated = find_repeated(plan, queued);
  if (!repeated)
    return base::unexpected(repeated.error());
  for (std::size_t i = 0; i < queued.hashes.size(); ++i) {
    const core::Event& event = queued.submission->events[i];
    const auto& key = queued.hashes[i].key;
    if (key && !plan.keys.insert(*key).second) {
      ++plan.duplicates;  // its window begins with this commit already
    } else if ((*repeated)[i]) {
      ++plan.duplicates;
      plan.encoder.add_refreshed_key(*key);
    } else {
      plan.encoder.add_event({event.timestamp, event.kind, event.user.bytes(), key});
      plan.counted.push_back({core::hour_of(event.timestamp), event.kind, queued.hashes[i].user});
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
  take_effect(plan);
  return Health::good;
}

void Store::take_effect(const Plan& plan) {
  std::uint64_t clicks = 0;
  for (const Counted& event : plan.counted) {
    hours_.count(event.hour, event.kind, event.user_hash);
    clicks += event.kind == core::Kind::click ? 1 : 0;
  }
  for (const core::Hash128& key : plan.keys)
    keys_->record(key, plan.log_time);
  next_sequence_ = Sequence{next_sequence_.value() + plan.counted.size()};
  add(services_.counters.clicks, clicks);
  add(services_.counters.impressions, plan.counted.size() - clicks);
  add(services_.counters.duplicates, plan.duplicates);
  publish();
}

void Store::publish() {
  services_.board.publish(hours_.take_changes());
  EngineCounters& counters = services_.counters;
  counters.hours_in_memory.store(hours_.hour_count(), std::memory_order_relaxed);
  counters.users_in_memory.store(hours_.user_count(), std::memory_order_relaxed);
  counters.keys_in_memory.store(keys_->keys_in_memory(), std::memory_order_relaxed);
  counters.bytes_on_disk.store(log_->bytes_on_disk() + keys_->bytes_on_disk(), std::memory_order_relaxed);
}

void Store::close() {
  if (const auto closed = log_->append(RecordType::close, {}); !closed)
    services_.log.write(ports::LogLevel::warning, "cannot mark the log as closed",
                        {{"reason", closed.error().message}});
}

}  // namespace hourglass::engine
