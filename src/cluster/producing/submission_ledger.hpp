#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "cluster/producing/record_producer.hpp"
#include "ports/event_store.hpp"

namespace hourglass::cluster {

/// Keeps the submissions whose records are on their way to the log, and tells how each ended: a state machine
/// without input or output. All records persisted: every event is durable. None persisted: 503. Anything
/// else, or too late: 504, since what is not known to have failed may be counted yet. Not for several threads
/// at once.
class SubmissionLedger {
 public:
  using Token = std::uint64_t;

  /// A submission begins: so many of its records will be handed over. Its token goes with each of them.
  Token open(std::unique_ptr<ports::Submission> submission, std::size_t records, std::size_t partitions,
             std::chrono::nanoseconds deadline);

  /// What became of one record. Gives the submission back when that was its last one, and it has not been
  /// given back yet.
  std::unique_ptr<ports::Submission> delivered(Token token, Partition partition, Delivery delivery,
                                               std::optional<Offset> offset);

  /// Gives back the submissions whose time is over, their outcome unknown. Their records are still waited
  /// for.
  std::vector<std::unique_ptr<ports::Submission>> expire(std::chrono::nanoseconds now);

  /// How many have not been given back.
  [[nodiscard]] std::size_t open_submissions() const { return open_; }

 private:
  struct Entry {
    std::unique_ptr<ports::Submission> submission;  // none: given back already
    std::size_t missing;                            // reports still to come
    std::size_t persisted = 0;
    std::size_t not_persisted = 0;
    std::size_t records;
    std::chrono::nanoseconds deadline;
  };

  std::unique_ptr<ports::Submission> close(Entry& entry);

  std::unordered_map<Token, Entry> entries_;
  Token next_token_ = 1;
  std::size_t open_ = 0;
};

}  // namespace hourglass::cluster
