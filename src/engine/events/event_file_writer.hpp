#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/events/event_buffer.hpp"
#include "engine/events/event_file.hpp"

namespace hourglass::engine {

/// Gathers the events of a range of records in memory (EventBuffer says how much of it) and writes them as
/// one event file, which appears under its name, whole and durable, when finish() succeeds. Owned by whoever
/// turns a segment of the log into a file; one thread at a time.
class EventFileWriter {
 public:
  EventFileWriter(FileSystem& files, const std::filesystem::path& directory, const StoreIdentity& identity,
                  RecordRange range);

  /// With events that have been gathered already.
  EventFileWriter(FileSystem& files, const std::filesystem::path& directory, const StoreIdentity& identity,
                  RecordRange range, EventBuffer events);

  /// Sequences come in ascending order, hours in any. Does no input or output.
  void add(const KeptEvent& event) { buffer_.add(event); }

  /// `log_time` is that of the last commit of the range. After a failure it may be called again: the events
  /// are still there.
  StoreResult<std::shared_ptr<const EventFile>> finish(core::Timestamp log_time);

 private:
  struct Output;

  StoreResult<void> write(core::Timestamp log_time);
  StoreResult<void> write_blocks(Output& output) const;
  StoreResult<void> remove_unfinished();

  FileSystem& files_;
  const StoreIdentity identity_;
  const RecordRange range_;
  const std::filesystem::path path_;
  const std::filesystem::path unfinished_path_;
  EventBuffer buffer_;
};

}  // namespace hourglass::engine
