#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/hour_range.hpp"
#include "engine/events/event_buffer.hpp"
#include "engine/export/event_source.hpp"
#include "engine/export/scratch_folder.hpp"
#include "engine/verification/store_files.hpp"

namespace hourglass::engine {

/// Events of records of which all, or none, are in the runs of hours.
struct SortedEvents {
  std::unique_ptr<EventSource> source;
  bool counted_by_runs = false;
};

/// Sorts the events of a log that are in no event file, by hour and then by sequence: so many bytes of them
/// at a time in memory, what is more in temporary event files. Belongs to one export; one thread.
class LogSorting {
 public:
  /// Only the events of `hours` are taken. `max_bytes`: of events in memory, about.
  LogSorting(const StoreFiles& store, const StoreIdentity& identity, core::HourRange hours,
             std::size_t max_bytes, ScratchFolder& scratch);

  /// The records come in order; those that event files hold are passed over.
  StoreResult<void> add(const SegmentFile& segment, const LogRecord& record);

  /// In the order of their sequences.
  StoreResult<std::vector<SortedEvents>> finish();

 private:
  struct Part {
    RecordRange range;
    bool counted_by_runs = false;
    EventBuffer events;
  };

  void add_events(const LogRecord& record, const Commit& commit);
  StoreResult<void> write_parts();

  const StoreIdentity& identity_;
  const core::HourRange hours_;
  const RecordNumber in_event_files_;
  const LogPosition in_runs_;
  const std::size_t max_bytes_;
  ScratchFolder& scratch_;
  std::optional<Sequence> next_sequence_;
  std::vector<SortedEvents> written_;
  std::vector<Part> parts_;
  std::size_t bytes_ = 0;  // of parts_
};

}  // namespace hourglass::engine
