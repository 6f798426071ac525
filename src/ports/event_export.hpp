#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "core/hour_range.hpp"

namespace hourglass::ports {

/// The events of some hours on their way out, piece by piece. Belongs to whoever has begun it; one thread at
/// a time. The store that it reads outlives it.
class EventExport {
 public:
  virtual ~EventExport() = default;

  /// The next lines, each whole and with its end, as `POST /analytics/batch` takes them; their ids are the
  /// same in every export of this store. By hour, and within an hour in the order of acceptance. Empty at the
  /// end, and then for ever. After a failure there is nothing more to come.
  virtual base::Result<std::string> next() = 0;

  /// The hours of which totals are kept, but not every event any more. All of them are known at the end.
  [[nodiscard]] virtual const core::HourList& incomplete_hours() const = 0;
};

/// Where events are kept and can be had again. Callable from every thread.
class EventExporter {
 public:
  virtual ~EventExporter() = default;

  /// Begins an export of the hours, which contains every event acknowledged before the call, and perhaps
  /// later ones. May take seconds, like EventExport::next(); both end early, with shutting_down, when
  /// `cancelled` says so. Fails with store_unavailable or hour_damaged; the message names the file, and is
  /// for the operator.
  virtual base::Result<std::unique_ptr<EventExport>> begin_export(core::HourRange hours,
                                                                  std::function<bool()> cancelled) = 0;
};

}  // namespace hourglass::ports
