#include "engine/export/log_sorting.hpp"

#include <string>
#include <utility>

#include "engine/events/event_file_writer.hpp"

namespace hourglass::engine {
namespace {

constexpr std::size_t kMaxEventWithoutUser = 19;  // in an EventBuffer

}  // namespace

LogSorting::LogSorting(const StoreFiles& store, const StoreIdentity& identity, core::HourRange hours,
                       std::size_t max_bytes, ScratchFolder& scratch)
    : identity_(identity),
      hours_(hours),
      in_event_files_(store.events_covered()),
      in_runs_(store.hours_covered()),
      max_bytes_(max_bytes),
      scratch_(scratch) {}

StoreResult<void> LogSorting::add(const SegmentFile& segment, const LogRecord& record) {
  if (!is_commit(record.type) || record.number <= in_event_files_)
    return {};
  const auto commit = take_commit(segment, record, next_sequence_);
  if (!commit)
    return base::unexpected(commit.error());
  add_events(record, *commit);
  return bytes_ < max_bytes_ ? StoreResult<void>{} : write_parts();
}

void LogSorting::add_events(const LogRecord& record, const Commit& commit) {
  const bool counted_by_runs = record.number <= in_runs_.record;
  std::uint64_t sequence = commit.first_sequence.value();
  for (const RecordedEvent& event : commit.events) {
    const KeptEvent kept{Sequence{sequence++}, event.timestamp, event.kind, event.user};
    const core::Hour hour = core::hour_of(event.timestamp);
    if (hour < hours_.first || hour >= hours_.end)
      continue;
    if (parts_.empty() || parts_.back().counted_by_runs != counted_by_runs)
      parts_.push_back({{record.number, record.number}, counted_by_runs, {}});
    parts_.back().range.last = record.number;
    parts_.back().events.add(kept);
    bytes_ += kMaxEventWithoutUser + event.user.size();
  }
}

/// Each into a file that is open and has lost its name: nothing is left over, however this ends.
StoreResult<void> LogSorting::write_parts() {
  const auto folder = scratch_.path();
  if (!folder)
    return base::unexpected(folder.error());
  for (Part& part : std::exchange(parts_, {})) {
    const auto written =
        EventFileWriter(scratch_.files(), *folder, identity_, part.range, std::move(part.events))
            .finish(core::Timestamp{0});
    if (!written)
      return base::unexpected(written.error());
    auto held = (*written)->open_blocks();
    if (!held)
      return io_failure(held.error());
    if (const auto removed = scratch_.files().remove((*written)->path()); !removed)
      return io_failure(removed.error());
    auto source = FileSource::open(*written, std::move(*held), hours_.first);
    if (!source)
      return base::unexpected(source.error());
    written_.push_back({std::move(*source), part.counted_by_runs});
  }
  bytes_ = 0;
  return {};
}

StoreResult<std::vector<SortedEvents>> LogSorting::finish() {
  for (Part& part : parts_) {
    part.events.sort();
    written_.push_back({std::make_unique<BufferSource>(std::move(part.events)), part.counted_by_runs});
  }
  scratch_.remove();
  return std::move(written_);
}

}  // namespace hourglass::engine
