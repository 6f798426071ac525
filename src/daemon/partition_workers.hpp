#pragma once

#include <memory>

#include "cluster/log/partition_log.hpp"
#include "cluster/worker/worker_loop.hpp"
#include "daemon/cluster_settings.hpp"
#include "ports/clock.hpp"
#include "ports/log.hpp"

namespace hourglass::daemon {

/// What the worker of a partition works with, in Redis: the hours from the one before the current one on,
/// brought back from the cold store where Redis lost them, and forgotten when the cold store has them. The
/// settings hold the fingerprint; clock and log outlive the worker.
cluster::WorkerParts hot_worker(const ClusterSettings& settings, const ports::Clock& clock, ports::Log& log,
                                cluster::Partition partition, std::unique_ptr<cluster::PartitionLog> records);

/// The same in InfluxDB, for every hour.
cluster::WorkerParts cold_worker(const ClusterSettings& settings, const ports::Clock& clock, ports::Log& log,
                                 cluster::Partition partition,
                                 std::unique_ptr<cluster::PartitionLog> records);

}  // namespace hourglass::daemon
