#pragma once

#include <functional>

#include "base/result.hpp"
#include "ports/event_export.hpp"
#include "ports/event_store.hpp"
#include "ports/metrics.hpp"

namespace hourglass::daemon {

/// Where events are kept, as the composition root begins and ends it. One thread calls start() and close();
/// the rest is as the ports say.
class Backend : public ports::MetricSource {
 public:
  virtual ports::EventStore& store() = 0;

  /// None where events are not exported from here.
  virtual ports::EventExporter* exporter() = 0;

  /// Begins and returns at once. `on_failed` is called at most once, from another thread, when it never will
  /// serve.
  virtual void start(std::function<void(base::StartFailure)> on_failed) = 0;

  /// Answers everybody; nobody asks any more.
  virtual void close() = 0;
};

}  // namespace hourglass::daemon
