#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/histogram.hpp"

namespace hourglass::ports {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

/// One value of a metric, told from its siblings by its labels.
struct MetricSample {
  std::vector<std::pair<std::string, std::string>> labels;
  std::variant<double, base::HistogramSnapshot> value;
};

/// A metric as its owner describes it, named by the Prometheus conventions (`hourglass_…_total`, `…_seconds`,
/// `…_bytes`). A part declares its metrics where it counts them; what page they end up on is not its
/// business.
struct MetricFamily {
  std::string name;
  std::string help;
  MetricType type;
  std::vector<MetricSample> samples;
};

/// A part of the program that counts what it does.
class MetricSource {
 public:
  virtual ~MetricSource() = default;

  /// A snapshot; callable from every thread at any time.
  [[nodiscard]] virtual std::vector<MetricFamily> metrics() const = 0;
};

}  // namespace hourglass::ports
