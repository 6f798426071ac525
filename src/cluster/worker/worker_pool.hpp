#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "cluster/worker/worker_loop.hpp"

namespace hourglass::cluster {

/// Runs a worker for each partition that the group has given to this process, each on a thread of its own, so
/// that a slow or hanging server holds up its own partitions only. Safety is in the stores: a worker that
/// goes on a little longer than its partition is ours changes nothing. Callable from every thread.
class WorkerPool {
 public:
  /// What the worker of a partition works with; `wait` is added here.
  using MakeParts = std::function<WorkerParts(Partition, std::unique_ptr<PartitionLog>)>;

  WorkerPool(Role role, MakeParts make_parts, const ports::Clock& clock);
  ~WorkerPool();  // removes all
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void add(Partition partition, std::unique_ptr<PartitionLog> log);

  /// Waits for the end of what the workers do at the moment, all at the same time, which takes no longer than
  /// the time limit of a store.
  void remove(std::span<const Partition> partitions);

  [[nodiscard]] std::vector<std::pair<Partition, PartitionStatus>> statuses() const;

 private:
  /// A thread that steps a loop until it is told to end.
  class Runner {
   public:
    Runner(Role role, WorkerParts parts, const ports::Clock& clock);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /// Without waiting.
    void end();
    [[nodiscard]] PartitionStatus status() const { return loop_->status(); }

   private:
    void wait(std::chrono::milliseconds longest);
    bool is_ending();

    std::mutex mutex_;
    std::condition_variable changed_;
    bool ending_ = false;  // under mutex_
    std::unique_ptr<WorkerLoop> loop_;
    std::thread thread_;
  };

  const Role role_;
  const MakeParts make_parts_;
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<Partition, std::unique_ptr<Runner>> runners_;  // under mutex_
};

}  // namespace hourglass::cluster
