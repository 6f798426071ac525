#pragma once

#include <string>
#include <vector>

#include "core/hour.hpp"
#include "ports/metrics.hpp"

namespace hourglass::daemon {

/// The metrics in Prometheus' text format, version 0.0.4.
std::string render_metrics(const std::vector<ports::MetricFamily>& families);

/// What the operating system knows of this process, which began at that time, and which build it is.
std::vector<ports::MetricFamily> process_metrics(core::Timestamp began);

}  // namespace hourglass::daemon
