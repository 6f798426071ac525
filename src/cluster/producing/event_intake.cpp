#include "cluster/producing/event_intake.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cluster {

using base::ErrorCode;

std::optional<base::Error> EventIntake::refusal(std::size_t records) {
  if (reason_)
    return reason_;
  if (!producer_->is_reachable())
    return base::Error{ErrorCode::store_unavailable, "no broker of Kafka can be reached"};
  if (counters_.records_under_way + records > settings_.most_records)
    return base::Error{ErrorCode::overloaded, "too many events are on their way to the log"};
  return std::nullopt;
}

base::Result<void> EventIntake::submit(std::unique_ptr<ports::Submission>& submission) {
  std::vector<core::Event> events = std::move(submission->events);
  SubmissionLedger::Token token = 0;
  {
    const std::lock_guard lock(mutex_);
    if (auto refused = refusal(events.size())) {
      submission->events = std::move(events);
      ++counters_.refused;
      return base::unexpected(std::move(*refused));
    }
    counters_.records_under_way += events.size();
    token = ledger_.open(std::move(submission), events.size(), settings_.partitions,
                         clock_.elapsed() + settings_.delivery_timeout);
  }
  for (const core::Event& event : events) {
    const Partition partition = partition_of(event.user.bytes(), settings_.partitions);
    const RecordBytes record = encode_record(event, producer_->next_identity(partition));
    if (!producer_->produce(partition, record, token)) {
      delivered(token, partition, Delivery::not_persisted, std::nullopt);
      deliveries_paused();
    }
  }
  return {};
}

void EventIntake::refuse(base::Error reason) {
  const std::lock_guard lock(mutex_);
  reason_ = std::move(reason);
}

void EventIntake::accept_again() {
  const std::lock_guard lock(mutex_);
  reason_.reset();
}

void EventIntake::delivered(std::uint64_t token, Partition partition, Delivery delivery,
                            std::optional<Offset> offset) {
  const std::lock_guard lock(mutex_);
  --counters_.records_under_way;
  switch (delivery) {
    case Delivery::persisted: ++counters_.persisted; break;
    case Delivery::not_persisted: ++counters_.not_persisted; break;
    case Delivery::unknown: ++counters_.unknown; break;
  }
  if (auto submission = ledger_.delivered(token, partition, delivery, offset))
    finished_.push_back(std::move(submission));
}

void EventIntake::deliveries_paused() {
  Submissions finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  give_back(std::move(finished));
}

void EventIntake::expire() {
  Submissions expired;
  {
    const std::lock_guard lock(mutex_);
    expired = ledger_.expire(clock_.elapsed());
    counters_.late += expired.size();
  }
  give_back(std::move(expired));
}

void EventIntake::close() {
  Submissions left;
  {
    const std::lock_guard lock(mutex_);
    left = ledger_.expire(std::chrono::nanoseconds::max());
    std::move(finished_.begin(), finished_.end(), std::back_inserter(left));
    finished_.clear();
  }
  give_back(std::move(left));
}

void EventIntake::give_back(Submissions submissions) {
  std::map<ports::SubmissionOrigin*, Submissions> by_origin;
  for (auto& submission : submissions)
    by_origin[submission->origin].push_back(std::move(submission));
  for (auto& [origin, finished] : by_origin)
    origin->finished(std::move(finished));
}

IntakeCounters EventIntake::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace hourglass::cluster
