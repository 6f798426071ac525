#pragma once

#include <string>
#include <vector>

#include "ports/metrics.hpp"

namespace hourglass::daemon {

/// The metrics in Prometheus' text format, version 0.0.4.
std::string render_metrics(const std::vector<ports::MetricFamily>& families);

/// What the operating system knows of this process, and which build it is.
std::vector<ports::MetricFamily> process_metrics();

}  // namespace hourglass::daemon
