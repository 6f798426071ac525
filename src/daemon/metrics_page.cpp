#include "daemon/metrics_page.hpp"

#include <filesystem>
#include <fstream>
#include <limits>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/build_facts.hpp"

namespace hourglass::daemon {
namespace {

prometheus::MetricType type_of(ports::MetricType type) {
  switch (type) {
    case ports::MetricType::counter: return prometheus::MetricType::Counter;
    case ports::MetricType::gauge: return prometheus::MetricType::Gauge;
    case ports::MetricType::histogram: return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

/// Prometheus counts cumulatively: each bucket holds all that lies at or below its bound.
prometheus::ClientMetric::Histogram cumulative(const base::HistogramSnapshot& snapshot) {
  prometheus::ClientMetric::Histogram histogram;
  for (std::size_t i = 0; i < snapshot.counts.size(); ++i) {
    histogram.sample_count += snapshot.counts[i];
    const bool is_last = i == snapshot.upper_bounds.size();
    histogram.bucket.push_back({histogram.sample_count, is_last ? std::numeric_limits<double>::infinity()
                                                                : snapshot.upper_bounds[i]});
  }
  histogram.sample_sum = snapshot.sum;
  return histogram;
}

prometheus::ClientMetric convert(const ports::MetricSample& sample, ports::MetricType type) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : sample.labels)
    metric.label.push_back({name, value});
  if (const auto* histogram = std::get_if<base::HistogramSnapshot>(&sample.value))
    metric.histogram = cumulative(*histogram);
  else if (type == ports::MetricType::counter)
    metric.counter.value = std::get<double>(sample.value);
  else
    metric.gauge.value = std::get<double>(sample.value);
  return metric;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error))
    ++count;
  return count;
}

}  // namespace

std::string render_metrics(const std::vector<ports::MetricFamily>& families) {
  std::vector<prometheus::MetricFamily> converted;
  for (const ports::MetricFamily& family : families) {
    prometheus::MetricFamily& target = converted.emplace_back();
    target.name = family.name;
    target.help = family.help;
    target.type = type_of(family.type);
    for (const ports::MetricSample& sample : family.samples)
      target.metric.push_back(convert(sample, family.type));
  }
  return prometheus::TextSerializer().Serialize(converted);
}

std::vector<ports::MetricFamily> process_metrics(core::Timestamp began) {
  using Type = ports::MetricType;
  const BuildFacts build = build_facts();
  return {
      {"process_cpu_seconds_total", "Processor time used, in seconds.", Type::counter, {{{}, cpu_seconds()}}},
      {"process_resident_memory_bytes", "Resident memory, in bytes.", Type::gauge, {{{}, resident_bytes()}}},
      {"process_open_fds", "Open file descriptors.", Type::gauge, {{{}, open_descriptors()}}},
      {"process_start_time_seconds",
       "When the process began, in seconds since 1970.",
       Type::gauge,
       {{{}, static_cast<double>(began.value()) / 1e3}}},
      {"hourglass_build_info",
       "Always 1; the labels say which build this is.",
       Type::gauge,
       {{{{"version", build.version}, {"commit", build.commit}}, 1.0}}},
  };
}

}  // namespace hourglass::daemon
