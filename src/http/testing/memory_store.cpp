#include "http/testing/memory_store.hpp"

#include <utility>

namespace hourglass::http {

base::Result<void> MemoryStore::submit(std::unique_ptr<ports::Submission>& submission) {
  {
    const std::lock_guard lock(mutex_);
    if (refusal_)
      return base::unexpected(*refusal_);
    if (holding_) {
      held_.push_back(std::move(submission));
      return {};
    }
  }
  commit(std::move(submission));
  return {};
}

void MemoryStore::commit(std::unique_ptr<ports::Submission> submission) {
  if (failure_)
    submission->failure = failure_;
  else
    record(submission->events);
  ports::SubmissionOrigin* origin = submission->origin;
  std::vector<std::unique_ptr<ports::Submission>> finished;
  finished.push_back(std::move(submission));
  origin->finished(std::move(finished));
}

void MemoryStore::record(const std::vector<core::Event>& events) {
  const std::lock_guard lock(mutex_);
  for (const core::Event& event : events) {
    if (event.key && !keys_.insert({event.user.bytes(), event.key->text()}).second)
      continue;
    Hour& hour = hours_[core::hour_of(event.timestamp).value()];
    (event.kind == core::Kind::click ? hour.totals.clicks : hour.totals.impressions) += 1;
    hour.users.insert(event.user.bytes());
    hour.totals.unique_users = hour.users.size();
  }
}

base::Result<ports::HourReading> MemoryStore::read(core::Hour hour) const {
  const std::lock_guard lock(mutex_);
  const auto found = hours_.find(hour.value());
  return ports::HourReading{found == hours_.end() ? core::Totals{} : found->second.totals,
                            ports::Source::hot};
}

ports::StoreState MemoryStore::state() const {
  const std::lock_guard lock(mutex_);
  return {condition_, "as the test says"};
}

void MemoryStore::set_condition(ports::StoreCondition condition) {
  const std::lock_guard lock(mutex_);
  condition_ = condition;
}

void MemoryStore::refuse_submissions(std::optional<base::Error> refusal) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(refusal);
}

void MemoryStore::fail_submissions(std::optional<base::Error> failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
}

void MemoryStore::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void MemoryStore::release() {
  std::vector<std::unique_ptr<ports::Submission>> held;
  {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    held.swap(held_);
  }
  for (auto& submission : held)
    commit(std::move(submission));
}

}  // namespace hourglass::http
