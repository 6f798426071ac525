#include "cluster/producing/submission_ledger.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cluster {

using base::ErrorCode;

SubmissionLedger::Token SubmissionLedger::open(std::unique_ptr<ports::Submission> submission,
                                               std::size_t records, std::size_t partitions,
                                               std::chrono::nanoseconds deadline) {
  const Token token = next_token_++;
  submission->written.next.assign(partitions, 0);
  entries_.emplace(
      token,
      Entry{
          .submission = std::move(submission), .missing = records, .records = records, .deadline = deadline});
  ++open_;
  return token;
}

std::unique_ptr<ports::Submission> SubmissionLedger::delivered(Token token, Partition partition,
                                                               Delivery delivery,
                                                               std::optional<Offset> offset) {
  const auto found = entries_.find(token);
  if (found == entries_.end())
    return nullptr;
  Entry& entry = found->second;
  entry.persisted += delivery == Delivery::persisted ? 1 : 0;
  entry.not_persisted += delivery == Delivery::not_persisted ? 1 : 0;
  if (entry.submission && offset) {
    std::int64_t& next = entry.submission->written.next[partition.value()];
    next = std::max(next, offset->value() + 1);
  }
  if (--entry.missing > 0)
    return nullptr;
  auto submission = entry.submission ? close(entry) : nullptr;
  entries_.erase(found);
  return submission;
}

std::unique_ptr<ports::Submission> SubmissionLedger::close(Entry& entry) {
  --open_;
  if (entry.not_persisted == entry.records)
    entry.submission->failure = base::Error{ErrorCode::store_unavailable, "the log did not take the events"};
  else if (entry.persisted < entry.records)
    entry.submission->failure =
        base::Error{ErrorCode::outcome_unknown, "it is not known whether the log has taken the events"};
  return std::move(entry.submission);
}

std::vector<std::unique_ptr<ports::Submission>> SubmissionLedger::expire(std::chrono::nanoseconds now) {
  std::vector<std::unique_ptr<ports::Submission>> expired;
  for (auto& [token, entry] : entries_) {
    if (entry.submission && entry.deadline <= now)
      expired.push_back(close(entry));
  }
  return expired;
}

}  // namespace hourglass::cluster
