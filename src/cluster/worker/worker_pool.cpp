#include "cluster/worker/worker_pool.hpp"

namespace hourglass::cluster {

WorkerPool::Runner::Runner(Role role, WorkerParts parts, const ports::Clock& clock) {
  parts.wait = [this](std::chrono::milliseconds longest) { wait(longest); };
  loop_ = std::make_unique<WorkerLoop>(role, std::move(parts), clock);
  thread_ = std::thread([this] {
    while (!is_ending())
      loop_->step();
  });
}

WorkerPool::Runner::~Runner() {
  end();
  thread_.join();
}

void WorkerPool::Runner::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

void WorkerPool::Runner::wait(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, longest, [this] { return ending_; });
}

bool WorkerPool::Runner::is_ending() {
  const std::lock_guard lock(mutex_);
  return ending_;
}

WorkerPool::WorkerPool(Role role, MakeParts make_parts, const ports::Clock& clock)
    : role_(role), make_parts_(std::move(make_parts)), clock_(clock) {}

WorkerPool::~WorkerPool() {
  const std::lock_guard lock(mutex_);
  for (const auto& [partition, runner] : runners_)
    runner->end();
  runners_.clear();
}

void WorkerPool::add(Partition partition, std::unique_ptr<PartitionLog> log) {
  auto runner = std::make_unique<Runner>(role_, make_parts_(partition, std::move(log)), clock_);
  const std::lock_guard lock(mutex_);
  runners_[partition] = std::move(runner);
}

void WorkerPool::remove(std::span<const Partition> partitions) {
  std::vector<std::unique_ptr<Runner>> removed;  // waits for them after the lock, when all have been told
  const std::lock_guard lock(mutex_);
  for (const Partition partition : partitions) {
    const auto found = runners_.find(partition);
    if (found == runners_.end())
      continue;
    found->second->end();
    removed.push_back(std::move(found->second));
    runners_.erase(found);
  }
}

std::vector<std::pair<Partition, PartitionStatus>> WorkerPool::statuses() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<Partition, PartitionStatus>> statuses;
  for (const auto& [partition, runner] : runners_)
    statuses.emplace_back(partition, runner->status());
  return statuses;
}

}  // namespace hourglass::cluster
