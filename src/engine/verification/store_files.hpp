#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "engine/events/event_file.hpp"
#include "engine/hours/hour_run.hpp"
#include "engine/keys/key_run.hpp"
#include "engine/verification/log_reading.hpp"

namespace hourglass::engine {

using KeyRuns = std::vector<std::shared_ptr<const KeyRun>>;
using EventFiles = std::vector<std::shared_ptr<const EventFile>>;

/// The files of a data directory that make the store, without those that others have taken the place of.
/// The segments, and the runs of keys and hours, stay open: what happens to their names does not matter any
/// more. Belongs to whoever has opened it; one thread.
struct StoreFiles {
  std::vector<SegmentFile> log;
  KeyRuns keys;
  HourRuns hours;
  EventFiles events;

  [[nodiscard]] RecordNumber keys_covered() const;
  [[nodiscard]] LogPosition hours_covered() const;
  [[nodiscard]] RecordNumber events_covered() const;

  [[nodiscard]] std::uint64_t bytes_of_runs() const;  // and of event files
};

/// Opens them without changing anything; a store may be at work on them. Whatever cannot be opened, or does
/// not follow what is before it, is left out and added to `problems`.
StoreFiles open_store_files(FileSystem& files, const std::filesystem::path& directory,
                            const StoreIdentity& identity, std::vector<StoreFailure>& problems);

/// Whether the log begins where the runs end, or before, and goes on at least to there; and whether the
/// event files reach to where it begins.
StoreResult<void> check_fit(const StoreFiles& files, const LogExtent& extent,
                            const std::filesystem::path& directory);

}  // namespace hourglass::engine
