#pragma once

#include <utility>
#include <vector>

#include "cluster/log/partition.hpp"
#include "cluster/producing/event_intake.hpp"
#include "cluster/worker/worker_loop.hpp"
#include "ports/metrics.hpp"

namespace hourglass::cluster {

/// The workers of one role.
struct RoleStatus {
  Role role;
  std::vector<std::pair<Partition, PartitionStatus>> partitions;
};

std::string_view name_of(Role role);

std::vector<ports::MetricFamily> intake_metrics(const IntakeCounters& counters);

/// `now`: for the lag in time.
std::vector<ports::MetricFamily> worker_metrics(const std::vector<RoleStatus>& roles, core::Timestamp now);

}  // namespace hourglass::cluster
