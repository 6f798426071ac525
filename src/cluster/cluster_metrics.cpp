#include "cluster/cluster_metrics.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace hourglass::cluster {
namespace {

using ports::MetricFamily;
using ports::MetricType;

MetricFamily single(const char* name, const char* help, MetricType type, double value) {
  return {name, help, type, {{{}, value}}};
}

/// Nothing: there is no sample.
using Value = std::function<std::optional<double>(const PartitionStatus&)>;

MetricFamily by_partition(const char* name, const char* help, MetricType type,
                          const std::vector<RoleStatus>& roles, const Value& value) {
  MetricFamily family{name, help, type, {}};
  for (const RoleStatus& role : roles) {
    for (const auto& [partition, status] : role.partitions) {
      if (const auto known = value(status))
        family.samples.push_back(
            {{{"store", std::string(name_of(role.role))}, {"partition", std::to_string(partition.value())}},
             *known});
    }
  }
  return family;
}

std::optional<double> as_sample(std::optional<std::uint64_t> count) {
  return count ? std::optional(static_cast<double>(*count)) : std::nullopt;
}

std::optional<double> as_sample(std::optional<Offset> offset) {
  return offset ? std::optional(static_cast<double>(offset->value())) : std::nullopt;
}

/// What is not known is not small.
std::optional<double> lag_records(const PartitionStatus& status) {
  if (!status.next || !status.end)
    return std::nullopt;
  return static_cast<double>(std::max<std::int64_t>(0, status.end->value() - status.next->value()));
}

}  // namespace

std::string_view name_of(Role role) {
  return role == Role::hot ? "hot" : "cold";
}

std::vector<MetricFamily> intake_metrics(const IntakeCounters& counters) {
  return {
      {"hourglass_log_records_total",
       "Records that were handed to the log, by what became of them.",
       MetricType::counter,
       {{{{"delivery", "persisted"}}, static_cast<double>(counters.persisted)},
        {{{"delivery", "not_persisted"}}, static_cast<double>(counters.not_persisted)},
        {{{"delivery", "unknown"}}, static_cast<double>(counters.unknown)}}},
      single("hourglass_queue_events", "Events that are on their way to the log.", MetricType::gauge,
             static_cast<double>(counters.records_under_way)),
      single("hourglass_late_submissions_total",
             "Submissions answered with 504, since the log did not confirm them in time.",
             MetricType::counter, static_cast<double>(counters.late)),
      single("hourglass_refused_submissions_total", "Submissions refused at once: back-pressure.",
             MetricType::counter, static_cast<double>(counters.refused)),
  };
}

std::vector<MetricFamily> worker_metrics(const std::vector<RoleStatus>& roles, core::Timestamp now) {
  const auto lag_seconds = [&](const PartitionStatus& status) -> std::optional<double> {
    const auto records = lag_records(status);
    if (!records || *records == 0)
      return records;
    if (status.time == LogTime{})
      return std::nullopt;  // nothing is counted yet, which has no age
    constexpr double kMillisecondsPerSecond = 1'000;
    return std::max(0.0, (static_cast<double>(now.value()) - static_cast<double>(status.time.value())) /
                             kMillisecondsPerSecond);
  };
  const auto counter = [&](const char* name, const char* help, std::uint64_t PartitionStatus::*field) {
    return by_partition(name, help, MetricType::counter, roles, [field](const PartitionStatus& status) {
      return static_cast<double>(status.*field);
    });
  };
  const auto gauge = [&](const char* name, const char* help, const Value& value) {
    return by_partition(name, help, MetricType::gauge, roles, value);
  };
  return {
      gauge("hourglass_partition_running",
            "1 while the worker knows where its store stands in the log and moves it on.",
            [](const auto& status) { return status.is_running ? 1.0 : 0.0; }),
      gauge("hourglass_partition_next", "The offset that the store counts next, by store and partition.",
            [](const auto& status) { return as_sample(status.next); }),
      gauge("hourglass_partition_end", "The end of the log, as the worker of the store saw it last.",
            [](const auto& status) { return as_sample(status.end); }),
      gauge("hourglass_partition_lag_records", "Records that the store has not counted yet.", lag_records),
      gauge("hourglass_partition_lag_seconds",
            "Age of the newest record that the store has counted, while there are more.", lag_seconds),
      gauge("hourglass_partition_apply_seconds", "How long the last batch took the store.",
            [](const auto& status) { return std::chrono::duration<double>(status.applying).count(); }),
      gauge("hourglass_partition_alarm", "1 while a partition stands still until somebody mends something.",
            [](const auto& status) { return status.alarm.empty() ? 0.0 : 1.0; }),
      gauge("hourglass_partition_future_hours",
            "Hours later than that of the newest record which the hot store holds.",
            [](const auto& status) { return as_sample(status.future_hours); }),
      counter("hourglass_partition_records_total", "Records applied to the store.",
              &PartitionStatus::records),
      counter("hourglass_partition_batches_total", "Batches applied to the store.",
              &PartitionStatus::batches),
      counter("hourglass_partition_moved_total", "Batches refused, since somebody else had moved the store.",
              &PartitionStatus::moved),
      counter("hourglass_partition_corrupt_total", "Times a store contradicted itself.",
              &PartitionStatus::corrupt),
      counter("hourglass_partition_revived_total", "Times a store was brought back from the cold one.",
              &PartitionStatus::revived),
  };
}

}  // namespace hourglass::cluster
