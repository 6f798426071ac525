#include "engine/verification/log_reading.hpp"

#include <string>

#include "engine/bytes.hpp"

namespace hourglass::engine {
namespace {

StoreResult<std::string> read_content(const File& file) {
  const auto size = file.size();
  if (!size)
    return io_failure(size.error());
  std::string content(*size, '\0');
  const auto read = file.read_at(0, content);
  if (!read)
    return io_failure(read.error());
  content.resize(*read);
  return content;
}

/// Reads no more of a commit than it needs.
Sequence sequence_behind(std::string_view commit) {
  ByteReader reader(commit);
  const auto first = reader.fixed<std::uint64_t>();
  reader.fixed<std::uint64_t>();  // the log time
  return Sequence{first + reader.varint()};
}

bool holds_more_than_header(std::string_view content) {
  const std::size_t last_byte = content.find_last_not_of('\0');
  return last_byte != std::string_view::npos && last_byte >= kSegmentHeaderSize;
}

/// One reading of one log.
class Reading {
 public:
  Reading(const StoreIdentity& identity, const RecordVisitor& on_record, const SegmentVisitor& on_segment)
      : identity_(identity), on_record_(on_record), on_segment_(on_segment) {}

  StoreResult<void> read(const SegmentFile& segment) {
    const auto content = read_content(*segment.file);
    if (!content)
      return base::unexpected(content.error());
    extent_.bytes += content->size();
    const auto header = parse_segment_header(*content, identity_, segment.path);
    if (!header)
      return base::unexpected(header.error());
    // Behind a segment that has not ended there may be one that was being made: it holds nothing.
    if (last_ != nullptr && !ended_) {
      if (holds_more_than_header(*content))
        return damage(last_->path,
                      "its end is missing although " + segment.path.filename().string() + " goes on");
      return {};
    }
    const bool is_first = last_ == nullptr;
    if (!*header || (*header)->number != segment.number ||
        (!is_first && (*header)->first_record != extent_.next_record))
      return damage(segment.path, "its header is wrong");
    if (is_first)
      extent_.first_record = (*header)->first_record;
    last_ = &segment;
    return scan(segment, (*header)->first_record, *content);
  }

  StoreResult<LogExtent> end() const {
    if (last_ == nullptr || ended_) {
      const SegmentNumber missing{last_ == nullptr ? 1 : last_->number.value() + 1};
      const std::filesystem::path folder = last_ == nullptr ? "log" : last_->path.parent_path();
      return damage(folder / segment_name(missing), "the file is missing");
    }
    return extent_;
  }

 private:
  StoreResult<void> scan(const SegmentFile& segment, RecordNumber first, std::string_view content) {
    StoreResult<void> visited;
    const SegmentScan scan =
        scan_segment(content, first, identity_.checksum_seed(), [&](const LogRecord& record) {
          extent_.last_type = record.type;
          if (is_commit(record.type))
            extent_.next_sequence = sequence_behind(record.payload);
          if (visited)
            visited = on_record_(segment, record);
        });
    if (!visited)
      return visited;
    if (scan.end == SegmentScan::End::interrupted)
      return damage(segment.path,
                    "the record at byte " + std::to_string(scan.end_offset) + " is not what was written");
    extent_.next_record = scan.next_record;
    ended_ = scan.end == SegmentScan::End::ended;
    return on_segment_({segment, content.substr(0, scan.end_offset), ended_});
  }

  const StoreIdentity& identity_;
  const RecordVisitor& on_record_;
  const SegmentVisitor& on_segment_;
  const SegmentFile* last_ = nullptr;
  bool ended_ = false;
  LogExtent extent_;
};

}  // namespace

StoreResult<LogExtent> read_log(const std::vector<SegmentFile>& segments, const StoreIdentity& identity,
                                const RecordVisitor& on_record, const SegmentVisitor& on_segment) {
  Reading reading(identity, on_record, on_segment);
  for (const SegmentFile& segment : segments) {
    if (auto read = reading.read(segment); !read)
      return base::unexpected(read.error());
  }
  return reading.end();
}

StoreResult<Commit> take_commit(const SegmentFile& segment, const LogRecord& record,
                                std::optional<Sequence>& next_sequence) {
  auto commit = decode_commit(record.payload);
  if (!commit || (next_sequence && commit->first_sequence != *next_sequence))
    return damage(segment.path, "record " + std::to_string(record.number.value()) + " makes no sense");
  next_sequence = Sequence{commit->first_sequence.value() + commit->events.size()};
  return *std::move(commit);
}

}  // namespace hourglass::engine
