#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/commit_record.hpp"
#include "engine/files/file_system.hpp"
#include "engine/log_segment.hpp"

namespace hourglass::engine {

/// A segment of a log that is open for reading; it can be read although its name may be gone.
struct SegmentFile {
  SegmentNumber number;
  std::filesystem::path path;
  std::unique_ptr<File> file;
};

/// Where the records of a log begin and end, and what the last of them is.
struct LogExtent {
  RecordNumber first_record{1};
  RecordNumber next_record{1};
  RecordType last_type = RecordType::segment_end;  // of a log without records too
  std::optional<Sequence> next_sequence;           // behind the last commit; nothing if there is none
  std::uint64_t bytes = 0;                         // of the files, with what is reserved in them
};

/// What of a segment is to be kept: its header and its whole records. The last segment has not ended.
struct SegmentContent {
  const SegmentFile& segment;
  std::string_view bytes;
  bool ended = false;
};

using RecordVisitor = std::function<StoreResult<void>(const SegmentFile&, const LogRecord&)>;
using SegmentVisitor = std::function<StoreResult<void>(const SegmentContent&)>;

/// Reads a log without changing it, one segment in memory at a time: what is cut short at its end is passed
/// over, as at a start. A failure of a visitor ends the reading and is handed on. The log may be growing
/// meanwhile; what is read then ends with any of its records, or is refused as damaged although another
/// reading would show that it is not.
StoreResult<LogExtent> read_log(const std::vector<SegmentFile>& segments, const StoreIdentity& identity,
                                const RecordVisitor& on_record, const SegmentVisitor& on_segment);

/// The commit in a record, whose events follow those of the commit before: `next_sequence` says where they
/// have to begin, where that is known, and stands behind them afterwards. A failure names the file and the
/// record.
StoreResult<Commit> take_commit(const SegmentFile& segment, const LogRecord& record,
                                std::optional<Sequence>& next_sequence);

}  // namespace hourglass::engine
