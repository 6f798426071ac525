#pragma once

#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "adapters/kafka/kafka_group.hpp"

namespace hourglass::adapters {

/// Holds the logs that a group gives, for a test that reads them itself.
class HoldingOwner final : public PartitionOwner {
 public:
  void assigned(cluster::Partition partition, std::unique_ptr<cluster::PartitionLog> log) override {
    const std::lock_guard lock(mutex_);
    logs_[partition] = std::move(log);
  }
  void revoked(std::span<const cluster::Partition> partitions) override {
    const std::lock_guard lock(mutex_);
    for (const cluster::Partition partition : partitions) {
      logs_.erase(partition);
      ++revocations_;
    }
  }
  void foreign(ForeignRecord record) override {
    const std::lock_guard lock(mutex_);
    foreign_.push_back(std::move(record));
  }

  [[nodiscard]] std::size_t held() const {
    const std::lock_guard lock(mutex_);
    return logs_.size();
  }
  [[nodiscard]] std::size_t revocations() const {
    const std::lock_guard lock(mutex_);
    return revocations_;
  }
  [[nodiscard]] std::vector<ForeignRecord> foreign_records() const {
    const std::lock_guard lock(mutex_);
    return foreign_;
  }
  /// Of a partition that is held; it stays as long as nothing is revoked.
  [[nodiscard]] cluster::PartitionLog& log(cluster::Partition partition) const {
    const std::lock_guard lock(mutex_);
    return *logs_.at(partition);
  }

 private:
  mutable std::mutex mutex_;
  std::map<cluster::Partition, std::unique_ptr<cluster::PartitionLog>> logs_;
  std::vector<ForeignRecord> foreign_;
  std::size_t revocations_ = 0;
};

/// Where each partition stands, as a store would keep it: shared by the workers of several members.
class SharedProgress {
 public:
  /// Moves a partition on from where it stood; false: somebody else has been there.
  bool move(cluster::Partition partition, std::int64_t from, std::int64_t to, std::size_t records) {
    const std::lock_guard lock(mutex_);
    if (next_[partition] != from)
      return false;
    next_[partition] = to;
    records_ += records;
    return true;
  }
  [[nodiscard]] std::int64_t next(cluster::Partition partition) {
    const std::lock_guard lock(mutex_);
    return next_[partition];
  }
  [[nodiscard]] std::size_t records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<cluster::Partition, std::int64_t> next_;
  std::size_t records_ = 0;
};

/// Works on each partition with a thread, as a worker does: asks for its place, reads on from there, commits.
class WorkingOwner final : public PartitionOwner {
 public:
  explicit WorkingOwner(SharedProgress& progress) : progress_(progress) {}

  void assigned(cluster::Partition partition, std::unique_ptr<cluster::PartitionLog> log) override {
    auto worker = std::make_unique<Worker>();
    worker->log = std::move(log);
    worker->thread = std::thread([this, partition, worker = worker.get()] { run(partition, *worker); });
    const std::lock_guard lock(mutex_);
    workers_[partition] = std::move(worker);
  }
  void revoked(std::span<const cluster::Partition> partitions) override {
    for (const cluster::Partition partition : partitions)
      end(partition);
  }
  void foreign(ForeignRecord) override {}

  [[nodiscard]] std::size_t held() const {
    const std::lock_guard lock(mutex_);
    return workers_.size();
  }

 private:
  struct Worker {
    std::unique_ptr<cluster::PartitionLog> log;
    std::atomic<bool> ending{false};
    std::thread thread;
  };

  void end(cluster::Partition partition) {
    std::unique_ptr<Worker> worker;
    {
      const std::lock_guard lock(mutex_);
      worker = std::move(workers_.at(partition));
      workers_.erase(partition);
    }
    worker->ending = true;
    worker->thread.join();
  }

  void run(cluster::Partition partition, Worker& worker) {
    constexpr std::size_t kMost = 50;
    bool is_in_place = false;
    std::int64_t from = 0;
    while (!worker.ending) {
      if (!is_in_place) {
        from = progress_.next(partition);
        is_in_place = worker.log->seek(cluster::Offset{from}).has_value();
        continue;
      }
      const auto fetched = worker.log->fetch(kMost, std::chrono::milliseconds{20});
      is_in_place =
          fetched && progress_.move(partition, from, fetched->next.value(), fetched->records.size());
      if (is_in_place) {
        from = fetched->next.value();
        worker.log->commit(fetched->next);
      }
    }
  }

  SharedProgress& progress_;
  mutable std::mutex mutex_;
  std::map<cluster::Partition, std::unique_ptr<Worker>> workers_;
};

}  // namespace hourglass::adapters
