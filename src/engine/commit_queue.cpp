#include "engine/commit_queue.hpp"

#include <utility>

namespace hourglass::engine {

CommitQueue::Push CommitQueue::push(QueuedSubmission& submission) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_)
      return Push::closed;
    if (!waiting_.empty() && bytes_ + submission.bytes > max_bytes_)
      return Push::full;
    bytes_ += submission.bytes;
    event_count_ += submission.hashes.size();
    waiting_.push_back(std::move(submission));
    wake = std::exchange(taker_waits_, false);
  }
  if (wake)
    filled_.notify_one();
  return Push::taken;
}

std::vector<QueuedSubmission> CommitQueue::take(std::uint64_t max_bytes, std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  const auto deadline = std::chrono::steady_clock::now() + longest;
  bool in_time = true;
  while (waiting_.empty() && !closed_ && !interrupted_ && in_time) {
    taker_waits_ = true;
    in_time = filled_.wait_until(lock, deadline) == std::cv_status::no_timeout;
  }
  taker_waits_ = false;
  interrupted_ = false;
  std::vector<QueuedSubmission> taken;
  std::uint64_t bytes = 0;
  while (!waiting_.empty() && (taken.empty() || bytes + waiting_.front().bytes <= max_bytes)) {
    bytes += waiting_.front().bytes;
    take_first(taken);
  }
  return taken;
}

std::vector<QueuedSubmission> CommitQueue::take_all() {
  const std::lock_guard lock(mutex_);
  std::vector<QueuedSubmission> taken;
  while (!waiting_.empty())
    take_first(taken);
  return taken;
}

void CommitQueue::take_first(std::vector<QueuedSubmission>& taken) {
  bytes_ -= waiting_.front().bytes;
  event_count_ -= waiting_.front().hashes.size();
  taken.push_back(std::move(waiting_.front()));
  waiting_.pop_front();
}

void CommitQueue::interrupt() {
  {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
  }
  filled_.notify_all();
}

void CommitQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
}

bool CommitQueue::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::uint64_t CommitQueue::event_count() const {
  const std::lock_guard lock(mutex_);
  return event_count_;
}

}  // namespace hourglass::engine
