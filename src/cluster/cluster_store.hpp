#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cluster/producing/cold_watch.hpp"
#include "cluster/producing/event_intake.hpp"
#include "cluster/reading/read_service.hpp"
#include "cluster/worker/worker_pool.hpp"
#include "ports/clock.hpp"
#include "ports/event_store.hpp"
#include "ports/log.hpp"
#include "ports/metrics.hpp"

namespace hourglass::cluster {

/// What a replica takes events and answers reads with. Made when the servers have answered.
struct ApiParts {
  std::unique_ptr<EventIntake> intake;
  std::shared_ptr<RecordProducer> producer;  // of the intake
  std::unique_ptr<ReadService> reads;
  std::unique_ptr<ColdWatch> cold_watch;
};

/// What a replica moves a store along the log with.
struct RoleParts {
  Role role;
  std::shared_ptr<WorkerPool> workers;
  std::shared_ptr<void> group;         // the membership; ends before the workers
  std::function<bool()> has_joined{};  // the group
};

/// The event store of a replica of a cluster: events go to the log, reads are answered by the stores. Owned
/// by the composition root. Callable from every thread, except for open() and close().
class ClusterStore final : public ports::EventStore, public ports::MetricSource {
 public:
  ClusterStore(const ports::Clock& clock, ports::Log& log) : clock_(clock), log_(log) {}
  ~ClusterStore() override;  // close()

  /// Says what it waits for, until open().
  void set_waiting_for(std::string what);

  /// Begins to serve, once. Without `api` every submission and read is refused.
  void open(std::optional<ApiParts> api, std::vector<RoleParts> roles);

  /// Leaves the groups, waits for what is on its way to the log, answers everybody.
  void close();

  base::Result<void> submit(std::unique_ptr<ports::Submission>& submission) override;
  [[nodiscard]] std::optional<base::Result<ports::HourReading>> read_now(core::Hour hour) const override;
  void begin_read(std::unique_ptr<ports::PendingRead> read) override;
  [[nodiscard]] core::Hour first_open_hour() const override { return core::Hour{0}; }
  [[nodiscard]] ports::StoreState state() const override;
  [[nodiscard]] std::vector<ports::MetricFamily> metrics() const override;

 private:
  enum class Stage : std::uint8_t { waiting, open, closed };

  void watch();
  void look_at_cold();
  [[nodiscard]] Stage stage() const;
  [[nodiscard]] bool is_acknowledging() const;
  void add_dependencies(ports::StoreState& state) const;

  const ports::Clock& clock_;
  ports::Log& log_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Stage stage_ = Stage::waiting;  // under mutex_
  std::string waiting_for_;       // under mutex_

  // Set by open() before stage_, and taken apart by close() after it.
  std::optional<ApiParts> api_;
  std::vector<RoleParts> roles_;
  bool cold_is_behind_ = false;  // the watching thread's
  std::thread watch_thread_;
};

}  // namespace hourglass::cluster
