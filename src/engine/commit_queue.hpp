#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "engine/queued_submission.hpp"

namespace hourglass::engine {

/// Submissions that wait for the commit thread, in order, bounded by the memory they hold. What does not fit
/// is refused, never dropped. Any thread pushes, one thread takes.
class CommitQueue {
 public:
  explicit CommitQueue(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  enum class Push { taken, full, closed };

  /// Leaves the submission with the caller unless it is taken. An empty queue takes a submission of any size.
  Push push(QueuedSubmission& submission);

  /// Waits for submissions, `longest` at most, and takes them, oldest first, until they hold `max_bytes`
  /// together. Empty when none came in time, interrupt() was called, or the queue is closed and everything
  /// has been taken.
  std::vector<QueuedSubmission> take(std::uint64_t max_bytes, std::chrono::milliseconds longest);

  /// Makes the take() that waits, or the next one, return at once.
  void interrupt();

  /// Takes everything that waits, without waiting.
  std::vector<QueuedSubmission> take_all();

  /// From now on nothing is taken in.
  void close();

  [[nodiscard]] bool closed() const;
  [[nodiscard]] std::uint64_t event_count() const;

 private:
  void take_first(std::vector<QueuedSubmission>& taken);

  const std::uint64_t max_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<QueuedSubmission> waiting_;
  std::uint64_t bytes_ = 0;
  std::uint64_t event_count_ = 0;
  bool taker_waits_ = false;
  bool closed_ = false;
  bool interrupted_ = false;
};

}  // namespace hourglass::engine
