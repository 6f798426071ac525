#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "engine/log_segment.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

/// Sizes that tests make small.
struct LogLimits {
  std::uint64_t segment_bytes = 64 * 1024 * 1024;     // a segment ends before it grows beyond this
  std::uint64_t allocation_bytes = 64 * 1024 * 1024;  // by how much a segment grows at a time: growing one
                                                      // in use costs commits some milliseconds
};

/// A segment to which nothing will be added.
struct ClosedSegment {
  SegmentNumber number;
  RecordRange range;  // with the record that ends the segment
  std::uint64_t bytes = 0;
};

/// The append-only log in which every event lands first: one folder of segments. A record that append() has
/// confirmed is on stable storage. After any failure but `full` nobody knows what the disk holds: the log is
/// to be thrown away and opened again, since the disk is the truth.
/// Owned by the store; one thread at a time.
class SegmentLog {
 public:
  using Visitor = std::function<StoreResult<void>(const LogRecord&)>;

  /// Makes the first segment of a new log. The folder exists and is empty.
  static StoreResult<void> create(FileSystem& files, const std::filesystem::path& directory,
                                  const StoreIdentity& identity);

  /// Whether a folder holds anything that a log has recorded, readable or not.
  static StoreResult<bool> holds_records(FileSystem& files, const std::filesystem::path& directory);

  /// Reads every record in order, then makes certain that what was read is on stable storage: an earlier
  /// process may have ended between writing the last record and syncing it.
  /// A failure of `visit` ends the reading and is handed on.
  static StoreResult<std::unique_ptr<SegmentLog>> open(FileSystem& files, std::filesystem::path directory,
                                                       const StoreIdentity& identity, LogLimits limits,
                                                       const Visitor& visit);

  /// Makes room for a payload of this size. Fails with `full` when that would leave the file system without
  /// its reserve; nothing was written then, and the log can go on.
  StoreResult<void> reserve(std::size_t payload_size);

  /// Appends and syncs one record. reserve() has been called for its size.
  StoreResult<void> append(RecordType type, std::string_view payload);

  /// The number that the next record will get.
  [[nodiscard]] RecordNumber next_record() const { return next_record_; }

  /// The first record that the log holds, or will hold when it has none.
  [[nodiscard]] RecordNumber first_record() const {
    return closed_.empty() ? last_segment_begin_ : closed_.front().range.first;
  }

  [[nodiscard]] SegmentNumber first_segment() const {
    return closed_.empty() ? segment_ : closed_.front().number;
  }

  /// The segments before the last one, oldest first.
  [[nodiscard]] const std::deque<ClosedSegment>& closed_segments() const { return closed_; }

  /// Removes the oldest closed segment, whose records are kept elsewhere.
  StoreResult<void> remove_oldest_segment();

  [[nodiscard]] std::filesystem::path path_of(SegmentNumber number) const {
    return directory_ / segment_name(number);
  }

  [[nodiscard]] std::filesystem::path last_path() const { return path_of(segment_); }

  [[nodiscard]] std::uint64_t bytes_on_disk() const;

 private:
  class Opening;

  SegmentLog(FileSystem& files, std::filesystem::path directory, const StoreIdentity& identity,
             LogLimits limits)
      : files_(files), directory_(std::move(directory)), identity_(identity), limits_(limits) {}

  StoreResult<void> check_space(std::uint64_t additional) const;
  StoreResult<void> grow(std::uint64_t needed);
  StoreResult<void> begin_next_segment();

  FileSystem& files_;
  const std::filesystem::path directory_;
  const StoreIdentity identity_;
  const LogLimits limits_;

  std::unique_ptr<File> file_;  // the last segment
  SegmentNumber segment_;
  RecordNumber last_segment_begin_;
  RecordNumber next_record_;
  std::uint64_t end_ = 0;        // where the next record goes
  std::uint64_t allocated_ = 0;  // size of the last segment
  std::deque<ClosedSegment> closed_;
};

}  // namespace hourglass::engine
