#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "cluster/producing/record_producer.hpp"
#include "cluster/producing/submission_ledger.hpp"
#include "ports/clock.hpp"
#include "ports/event_store.hpp"

namespace hourglass::cluster {

struct IntakeSettings {
  std::uint32_t partitions = 12;
  std::chrono::milliseconds delivery_timeout{5'000};
  /// Records on their way at the same time: more than two of the largest batches have.
  std::size_t most_records = 1'000'000;
};

struct IntakeCounters {
  std::uint64_t persisted = 0;  // records that were handed over, by what became of them
  std::uint64_t not_persisted = 0;
  std::uint64_t unknown = 0;
  std::uint64_t late = 0;             // submissions that were answered before their records
  std::uint64_t refused = 0;          // submissions, at once
  std::size_t records_under_way = 0;  // at the moment
};

/// Takes submissions, hands their events to the producer as records, and gives them back when the log has
/// taken them: nothing is acknowledged that the log has not confirmed, and nothing is sent a second time.
/// Callable from every thread; its part as a listener from the producer's.
class EventIntake final : public DeliveryListener {
 public:
  EventIntake(IntakeSettings settings, const ports::Clock& clock) : settings_(settings), clock_(clock) {}

  /// Once, before anything is submitted; the producer outlives it or is flushed before it goes.
  void set_producer(RecordProducer& producer) { producer_ = &producer; }

  /// As EventStore::submit().
  base::Result<void> submit(std::unique_ptr<ports::Submission>& submission);

  /// From now on every submission is refused with this.
  void refuse(base::Error reason);
  void accept_again();

  /// Gives back what has waited too long. Called now and then.
  void expire();

  void delivered(std::uint64_t token, Partition partition, Delivery delivery,
                 std::optional<Offset> offset) override;
  void deliveries_paused() override;

  /// Gives back everything that is left, its outcome unknown. The producer is gone.
  void close();

  [[nodiscard]] IntakeCounters counters() const;

 private:
  using Submissions = std::vector<std::unique_ptr<ports::Submission>>;

  std::optional<base::Error> refusal(std::size_t records);
  static void give_back(Submissions submissions);

  const IntakeSettings settings_;
  const ports::Clock& clock_;
  RecordProducer* producer_ = nullptr;

  mutable std::mutex mutex_;  // of all below
  SubmissionLedger ledger_;
  std::optional<base::Error> reason_;  // why all are refused
  Submissions finished_;               // to be given back when the reports pause
  IntakeCounters counters_;
};

}  // namespace hourglass::cluster
