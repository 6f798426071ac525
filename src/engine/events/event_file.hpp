#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/events/event_block.hpp"
#include "engine/events/event_layout.hpp"

namespace hourglass::engine {

/// An hour and how many events a file keeps of it.
struct HourCount {
  core::Hour hour;
  std::uint64_t events;

  friend bool operator==(const HourCount&, const HourCount&) = default;
};

/// The file name of an event file.
std::string event_file_name(RecordRange range);

/// All events of a range of records, in a file that never changes: docs/formats/events.md. In memory it takes
/// 24 bytes a block, and a block is 64 KiB of events before compression: for a log segment of 64 MiB about
/// 24 KiB, whatever its hours. It is open only while something is read: no descriptors pile up, and reading a
/// file that retention has removed fails. A read takes the memory of two blocks and what zstd needs. Shared;
/// any number of threads may read it, as long as the file system lives.
class EventFile {
 public:
  /// A failure ends the reading and is handed on. The user's name lives only during the call.
  using EventVisitor = std::function<StoreResult<void>(const KeptEvent&)>;
  using HourVisitor = std::function<StoreResult<void>(const HourCount&)>;

  /// Checks the name, the header and the index; blocks are checked as they are read.
  static StoreResult<std::shared_ptr<const EventFile>> open(FileSystem& files, std::filesystem::path path,
                                                            const StoreIdentity& identity);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] RecordRange range() const { return header_.range; }
  [[nodiscard]] core::Timestamp log_time() const { return header_.log_time; }  // of the range's last commit
  [[nodiscard]] std::uint64_t event_count() const { return header_.events; }
  [[nodiscard]] std::uint64_t bytes_on_disk() const { return header_.index_offset + header_.index_size(); }

  /// The blocks one by one, for who reads several files side by side: what the index says of them, the file
  /// to read them from, and one of them as EventBlockDecoder takes it.
  [[nodiscard]] const std::vector<EventBlockEntry>& blocks() const { return blocks_; }
  [[nodiscard]] IoResult<std::unique_ptr<File>> open_blocks() const { return files_.open(path_); }
  [[nodiscard]] StoreResult<std::string> read_block(const File& file, std::size_t number) const;

  /// The failure of a block in which is something else than the index says.
  [[nodiscard]] StoreFailure damaged_block(std::size_t number) const;

  /// The hours of which there are events, ascending. Reads only blocks that hold more than one hour.
  [[nodiscard]] StoreResult<void> hours(const HourVisitor& visit) const;

  /// The events of one hour, in the order of acceptance. Reads only blocks that may hold some.
  [[nodiscard]] StoreResult<void> read_hour(core::Hour hour, const EventVisitor& visit) const;

  /// All events, by hour and then in the order of acceptance. Checks every byte of the file that open() does
  /// not check.
  [[nodiscard]] StoreResult<void> read_all(const EventVisitor& visit) const;

 private:
  using BlockVisitor = std::function<StoreResult<void>(core::Hour, const KeptEvent&)>;

  EventFile(FileSystem& files, std::filesystem::path path) : files_(files), path_(std::move(path)) {}

  StoreResult<void> load(const StoreIdentity& identity);
  [[nodiscard]] StoreResult<void> read_block_events(const File& file, std::size_t number,
                                                    const BlockVisitor& visit) const;

  FileSystem& files_;
  const std::filesystem::path path_;
  EventFileHeader header_;
  std::uint64_t seed_ = 0;
  std::vector<EventBlockEntry> blocks_;
};

}  // namespace hourglass::engine
