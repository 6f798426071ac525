#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "cluster/log/partition_log.hpp"
#include "cluster/stores/hot_store.hpp"
#include "cluster/stores/partition_store.hpp"
#include "cluster/stores/point_database.hpp"
#include "cluster/worker/worker.hpp"
#include "ports/clock.hpp"

namespace hourglass::cluster {

/// How a partition stands with a store, for metrics and readiness.
struct PartitionStatus {
  bool is_running = false;
  std::optional<Offset> next;  // none while it is not known where the store stands
  std::optional<Offset> end;   // of the log, as it was seen last; none before
  LogTime time;                // the log clock at next
  std::string trouble;
  std::string alarm;
  std::uint64_t moved = 0;    // somebody else had moved the store
  std::uint64_t corrupt = 0;  // the store contradicted itself
  std::uint64_t revived = 0;
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::chrono::nanoseconds applying{0};  // the last batch
  /// Of a hot store: hours later than that of the log clock which it held at the last upkeep.
  std::optional<std::uint64_t> future_hours;
};

/// What a worker works with. All of it is used by the worker's thread.
struct WorkerParts {
  std::unique_ptr<PartitionLog> log;
  std::unique_ptr<PartitionStore> store;
  std::chrono::milliseconds gather{0};  // from batch to batch; what comes sooner makes the next one larger
  /// Of a hot store: brings the cold store's state into it, which stands at this place.
  std::function<StoreResult<bool>(PartitionLog&, std::optional<Offset>)> revive;
  /// Every kUpkeepPeriod while it runs.
  std::function<void(const StorePosition&)> upkeep;
  /// Of a hot store: how many hours it holds later than this one. Asked at each upkeep.
  std::function<StoreResult<std::uint64_t>(core::Hour)> hours_after;
  /// Told when the partition stands still until somebody mends something, and why; with nothing when it goes
  /// on.
  std::function<void(const std::string&)> alarm;
  /// Waits; shorter when it is to end.
  std::function<void(std::chrono::milliseconds)> wait;
};

/// Does what a worker says, step by step, and tells it what came of it.
class WorkerLoop {
 public:
  static constexpr std::chrono::seconds kUpkeepPeriod{10};
  static constexpr std::chrono::milliseconds kIdleTime{
      1'000};  // without records, until the store is looked at again

  WorkerLoop(Role role, WorkerParts parts, const ports::Clock& clock);

  /// One step; may block for as long as a call to a store, or as a pause.
  void step();

  /// From any thread.
  [[nodiscard]] PartitionStatus status() const;

 private:
  void perform();
  void fetch();
  StoreResult<Fetched> gather(Fetched batch);
  void apply();
  void revive();
  void pause();
  void see_end(Offset end);
  void keep_up();
  void publish();

  Worker worker_;
  WorkerParts parts_;
  const ports::Clock& clock_;
  std::chrono::nanoseconds kept_up_{0};
  std::chrono::nanoseconds applied_{0};  // the last batch
  std::minstd_rand random_;
  PartitionStatus counted_;  // its thread's own copy

  mutable std::mutex mutex_;
  PartitionStatus status_;  // under mutex_
};

}  // namespace hourglass::cluster
