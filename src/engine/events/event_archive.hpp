#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "engine/events/event_file.hpp"

namespace hourglass::engine {

/// How much of the events a store keeps; nothing set means all.
struct EventRetention {
  std::optional<std::chrono::milliseconds> age;  // since the acceptance of the last event of a file
  std::optional<std::uint64_t> bytes;            // on the disk, of all files together
};

/// The folder of the event files. Their ranges are neighbours, oldest first, at every moment and after every
/// power cut. Owned by the writer of the store, one thread at a time; the files that files() gives may be
/// read by any thread.
class EventArchive {
 public:
  using EventFiles = std::vector<std::shared_ptr<const EventFile>>;

  /// Removes what is unfinished or lies within another file; refuses files that do not follow one another.
  static StoreResult<std::unique_ptr<EventArchive>> open(FileSystem& files, std::filesystem::path directory,
                                                         const StoreIdentity& identity);

  /// Those of this moment.
  [[nodiscard]] EventFiles files() const { return event_files_; }
  [[nodiscard]] std::uint64_t bytes_on_disk() const { return bytes_on_disk_; }

  /// The last record of which the events are in a file, or were until retention removed it; 0 where there is
  /// no file at the start.
  [[nodiscard]] RecordNumber covered() const { return covered_; }

  /// Takes a file that has been written into this folder. Its records follow those that are covered; else it
  /// is refused and nothing changes.
  StoreResult<void> adopt(std::shared_ptr<const EventFile> file);

  /// Removes the oldest files as long as they are too old or all files too many. `now` is on the clock of
  /// the files' log times. A failure leaves the rest for the next call.
  StoreResult<void> expire(core::Timestamp now, const EventRetention& retention);

 private:
  EventArchive(FileSystem& files, std::filesystem::path directory)
      : files_(files), directory_(std::move(directory)) {}

  StoreResult<void> load(const StoreIdentity& identity);
  [[nodiscard]] bool is_due(core::Timestamp now, const EventRetention& retention) const;
  StoreResult<void> sync_removal();

  FileSystem& files_;
  const std::filesystem::path directory_;
  EventFiles event_files_;
  std::uint64_t bytes_on_disk_ = 0;
  RecordNumber covered_;
  bool removal_is_durable_ = true;
};

}  // namespace hourglass::engine
