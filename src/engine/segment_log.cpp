#include "engine/segment_log.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

namespace hourglass::engine {
namespace {

constexpr std::uint64_t kSmallAllocation = 64 * 1024;

/// What is left free on a file system: a hundredth of it, within these bounds. Other programs and the ends of
/// segments need room to go on, and a disk that is full to the last byte cannot even be cleaned up.
constexpr std::uint64_t kSmallestReserve = 256 * 1024;
constexpr std::uint64_t kLargestReserve = 64 * 1024 * 1024;

std::uint64_t reserve_of(const Space& space) {
  return std::clamp(space.total_bytes / 100, kSmallestReserve, kLargestReserve);
}

constexpr std::uint64_t rounded_up(std::uint64_t size, std::uint64_t unit) {
  return (size + unit - 1) / unit * unit;
}

bool is_full_disk(const IoError& error) {
  return error.error_number == ENOSPC || error.error_number == EDQUOT;
}

StoreFailure full_disk(const IoError& error) {
  return StoreFailure{StoreFailure::Reason::full, error.message()};
}

/// Creates a segment that holds nothing but its header and makes it durable under its name.
IoResult<std::unique_ptr<File>> create_segment(FileSystem& files, const std::filesystem::path& directory,
                                               const SegmentHeader& header, const StoreIdentity& identity,
                                               std::uint64_t size) {
  // What may be there is left over from an earlier attempt and holds nothing.
  auto file = create_afresh(files, directory / segment_name(header.number));
  if (!file)
    return file;
  if (auto allocated = (*file)->allocate(size); !allocated)
    return base::unexpected(allocated.error());
  if (auto written = (*file)->write_at(0, encode_segment_header(header, identity)); !written)
    return base::unexpected(written.error());
  if (auto synced = (*file)->sync(); !synced)
    return base::unexpected(synced.error());
  if (auto synced = files.sync_directory(directory); !synced)
    return base::unexpected(synced.error());
  return file;
}

}  // namespace

StoreResult<void> SegmentLog::create(FileSystem& files, const std::filesystem::path& directory,
                                     const StoreIdentity& identity) {
  const SegmentHeader header{SegmentNumber{1}, RecordNumber{1}};
  if (const auto file = create_segment(files, directory, header, identity, kSmallAllocation); !file)
    return io_failure(file.error());
  return {};
}

StoreResult<bool> SegmentLog::holds_records(FileSystem& files, const std::filesystem::path& directory) {
  const auto names = files.list(directory);
  if (!names)
    return io_failure(names.error());
  for (const std::string& name : *names) {
    const auto content = read_whole(files, directory / name);
    if (!content)
      return io_failure(content.error());
    const std::size_t last_byte = content->find_last_not_of('\0');
    if (last_byte != std::string::npos && last_byte >= kSegmentHeaderSize)
      return true;
  }
  return false;
}

StoreResult<void> SegmentLog::check_space(std::uint64_t additional) const {
  const auto space = files_.space(directory_);
  if (!space)
    return io_failure(space.error());
  if (space->free_bytes < reserve_of(*space) + additional)
    return base::unexpected(
        StoreFailure{StoreFailure::Reason::full, "the file system of " + directory_.string() + " is full"});
  return {};
}

StoreResult<void> SegmentLog::reserve(std::size_t payload_size) {
  const std::uint64_t needed =
      end_ + record_size(payload_size) + record_size(0);  // the segment's end fits too
  if (needed > limits_.segment_bytes && end_ > kSegmentHeaderSize) {
    if (auto begun = begin_next_segment(); !begun)
      return begun;
    return reserve(payload_size);
  }
  if (needed <= allocated_)
    return check_space(0);
  return grow(needed);
}

StoreResult<void> SegmentLog::grow(std::uint64_t needed) {
  std::uint64_t size = needed + limits_.allocation_bytes;
  if (needed <= limits_.segment_bytes)
    size = std::min(size, limits_.segment_bytes);
  if (!check_space(size - allocated_)) {
    size = rounded_up(needed, kSmallAllocation);
    if (auto enough = check_space(size - allocated_); !enough)
      return enough;
  }
  if (const auto grown = file_->allocate(size); !grown) {
    if (is_full_disk(grown.error()))
      return base::unexpected(full_disk(grown.error()));
    return io_failure(grown.error());
  }
  allocated_ = size;
  return {};
}

StoreResult<void> SegmentLog::begin_next_segment() {
  std::uint64_t size = std::min(limits_.allocation_bytes, limits_.segment_bytes);
  if (!check_space(size)) {
    size = kSmallAllocation;
    if (auto enough = check_space(size); !enough)
      return enough;
  }
  const SegmentHeader header{SegmentNumber{segment_.value() + 1}, RecordNumber{next_record_.value() + 1}};
  auto file = create_segment(files_, directory_, header, identity_, size);
  if (!file && is_full_disk(file.error())) {  // of space or of names
    // What was begun is in nobody's way: the next attempt, or the next start, begins afresh.
    static_cast<void>(files_.remove(directory_ / segment_name(header.number)));
    return base::unexpected(full_disk(file.error()));
  }
  if (!file)
    return io_failure(file.error());
  // Only now: a segment that says it has ended promises that the next one exists.
  if (auto ended = append(RecordType::segment_end, {}); !ended)
    return ended;
  closed_.push_back({segment_, {last_segment_begin_, RecordNumber{next_record_.value() - 1}}, allocated_});
  file_ = std::move(*file);
  segment_ = header.number;
  last_segment_begin_ = header.first_record;
  end_ = kSegmentHeaderSize;
  allocated_ = size;
  return {};
}

StoreResult<void> SegmentLog::append(RecordType type, std::string_view payload) {
  const std::string bytes = encode_record({type, next_record_, payload}, identity_.checksum_seed());
  if (const auto written = file_->write_at(end_, bytes); !written)
    return io_failure(written.error());
  if (const auto synced = file_->sync(); !synced)
    return io_failure(synced.error());
  end_ += bytes.size();
  next_record_ = RecordNumber{next_record_.value() + 1};
  return {};
}

StoreResult<void> SegmentLog::remove_oldest_segment() {
  if (const auto removed = remove_durably(files_, path_of(closed_.front().number)); !removed)
    return io_failure(removed.error());
  closed_.pop_front();
  return {};
}

std::uint64_t SegmentLog::bytes_on_disk() const {
  std::uint64_t bytes = allocated_;
  for (const ClosedSegment& segment : closed_)
    bytes += segment.bytes;
  return bytes;
}

/// Reads a log back, segment by segment.
class SegmentLog::Opening {
 public:
  Opening(SegmentLog& log, const Visitor& visit) : log_(log), visit_(visit) {}

  StoreResult<void> run() {
    const auto names = log_.files_.list(log_.directory_);
    if (!names)
      return io_failure(names.error());
    if (names->empty())
      return damage(log_.path_of(SegmentNumber{1}), "the file is missing");
    // Segments whose records are kept elsewhere have been removed from the front.
    expected_segment_ = segment_number(names->front()).value_or(SegmentNumber{1});
    for (const std::string& name : *names) {
      if (auto read = read_segment(name); !read)
        return read;
    }
    if (scan_.end == SegmentScan::End::ended)
      return damage(log_.path_of(expected_segment_), "the file is missing");
    return settle_last_segment();
  }

 private:
  StoreResult<void> read_segment(const std::string& name) {
    const std::filesystem::path path = log_.directory_ / name;
    if (name != segment_name(expected_segment_))
      return damage(log_.path_of(expected_segment_),
                    "the file is missing, or " + name + " is not part of the log");
    auto content = read_whole(log_.files_, path);
    if (!content)
      return io_failure(content.error());
    const auto header = parse_segment_header(*content, log_.identity_, path);
    if (!header)
      return base::unexpected(header.error());
    const bool is_first = last_path_.empty();
    if (!is_first && scan_.end != SegmentScan::End::ended)
      return take_back_segment(path, *content);
    if (!*header || (*header)->number != expected_segment_ ||
        (!is_first && (*header)->first_record != scan_.next_record))
      return damage(path, "its header is wrong");
    return scan(path, **header, std::move(*content));
  }

  /// A segment behind one that has not ended: the process ended while it was being made. It holds nothing.
  StoreResult<void> take_back_segment(const std::filesystem::path& path, std::string_view content) {
    const std::size_t last_byte = content.find_last_not_of('\0');
    if (last_byte != std::string_view::npos && last_byte >= kSegmentHeaderSize)
      return damage(last_path_, "its end is missing although " + path.filename().string() + " goes on");
    if (const auto removed = log_.files_.remove(path); !removed)
      return io_failure(removed.error());
    return {};
  }

  StoreResult<void> scan(const std::filesystem::path& path, const SegmentHeader& header,
                         std::string content) {
    StoreResult<void> visited;
    const std::uint64_t ended_at = scan_.last_record_offset;
    scan_ = scan_segment(content, header.first_record, log_.identity_.checksum_seed(),
                         [&](const LogRecord& record) {
                           if (visited)
                             visited = visit_(record);
                         });
    if (!visited)
      return visited;
    if (scan_.end == SegmentScan::End::interrupted)
      return damage(path,
                    "the record at byte " + std::to_string(scan_.end_offset) + " is not what was written");
    if (!last_path_.empty()) {
      end_of_previous_ = {last_path_, ended_at, last_content_.substr(ended_at, record_size(0))};
      log_.closed_.push_back({SegmentNumber{header.number.value() - 1},
                              {log_.last_segment_begin_, RecordNumber{header.first_record.value() - 1}},
                              log_.allocated_});
    }
    log_.last_segment_begin_ = header.first_record;
    log_.allocated_ = content.size();
    last_path_ = path;
    last_content_ = std::move(content);
    expected_segment_ = SegmentNumber{expected_segment_.value() + 1};
    return {};
  }

  /// Writes the last record once more and syncs it. It may be known to the page cache only: the process may
  /// have ended before its sync, or the sync may have failed, after which a second one would report success
  /// without writing anything.
  StoreResult<void> settle_last_segment() {
    if (auto settled = settle_end_of_previous(); !settled)
      return settled;
    auto file = log_.files_.open(last_path_);
    if (!file)
      return io_failure(file.error());
    std::string rewritten;
    std::uint64_t from = scan_.end_offset;
    if (scan_.last_record_offset != 0) {
      from = scan_.last_record_offset;
      rewritten = last_content_.substr(from, scan_.end_offset - from);
    }
    if (scan_.end == SegmentScan::End::torn)
      rewritten.resize(scan_.garbage_end - from, '\0');
    if (const auto written = (*file)->write_at(from, rewritten); !written)
      return io_failure(written.error());
    if (const auto synced = (*file)->sync(); !synced)
      return io_failure(synced.error());
    if (const auto synced = log_.files_.sync_directory(log_.directory_); !synced)
      return io_failure(synced.error());
    log_.file_ = std::move(*file);
    log_.segment_ = SegmentNumber{expected_segment_.value() - 1};
    log_.next_record_ = scan_.next_record;
    log_.end_ = scan_.end_offset;
    return {};
  }

  /// With nothing in the last segment the last record is the one that ends the segment before it.
  StoreResult<void> settle_end_of_previous() {
    if (scan_.last_record_offset != 0 || end_of_previous_.path.empty())
      return {};
    const auto file = log_.files_.open(end_of_previous_.path);
    if (!file)
      return io_failure(file.error());
    if (const auto written = (*file)->write_at(end_of_previous_.offset, end_of_previous_.bytes); !written)
      return io_failure(written.error());
    if (const auto synced = (*file)->sync(); !synced)
      return io_failure(synced.error());
    return {};
  }

  struct EndOfSegment {
    std::filesystem::path path;
    std::uint64_t offset = 0;
    std::string bytes;  // of the record that ends it
  };

  SegmentLog& log_;
  const Visitor& visit_;
  EndOfSegment end_of_previous_;
  SegmentNumber expected_segment_{1};
  SegmentScan scan_;
  std::filesystem::path last_path_;
  std::string last_content_;
};

StoreResult<std::unique_ptr<SegmentLog>> SegmentLog::open(FileSystem& files, std::filesystem::path directory,
                                                          const StoreIdentity& identity, LogLimits limits,
                                                          const Visitor& visit) {
  std::unique_ptr<SegmentLog> log(new SegmentLog(files, std::move(directory), identity, limits));
  if (auto opened = Opening(*log, visit).run(); !opened)
    return base::unexpected(opened.error());
  return log;
}

}  // namespace hourglass::engine
