#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/kafka/kafka_check.hpp"
#include "base/result.hpp"
#include "cluster/cluster_store.hpp"
#include "cluster/log/cluster_identity.hpp"
#include "daemon/backend.hpp"
#include "daemon/cluster_settings.hpp"
#include "ports/clock.hpp"
#include "ports/log.hpp"
#include "ports/metrics.hpp"

namespace hourglass::daemon {

/// One replica of a cluster: waits for its servers, looks whether they are what the settings say, builds what
/// serves, and takes it apart again. Owned by the composition root.
class Replica final : public Backend {
 public:
  Replica(ClusterSettings settings, const ports::Clock& clock, ports::Log& log);
  ~Replica() override;  // close()
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  /// Serves as soon as the servers have answered; until then it refuses.
  ports::EventStore& store() override { return store_; }

  /// The events of a cluster are in its topic.
  ports::EventExporter* exporter() override { return nullptr; }

  /// Begins on a thread of its own. `on_wrong` is called at most once, from there, when a server is not what
  /// the settings say.
  void start(std::function<void(base::StartFailure)> on_wrong) override;

  /// Leaves the groups, answers everybody.
  void close() override;

  [[nodiscard]] std::vector<ports::MetricFamily> metrics() const override;

 private:
  class Parts;

  void connect(const std::function<void(base::StartFailure)>& on_wrong);
  bool insist(const std::function<cluster::StoreResult<void>()>& look,
              const std::function<void(base::StartFailure)>& on_wrong);
  cluster::StoreResult<std::shared_ptr<Parts>> open(const adapters::KafkaFacts& topic);
  bool wait();

  const ClusterSettings settings_;
  const ports::Clock& clock_;
  ports::Log& log_;
  cluster::ClusterStore store_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;           // under mutex_
  std::shared_ptr<Parts> parts_;  // under mutex_
  std::thread thread_;
};

}  // namespace hourglass::daemon
