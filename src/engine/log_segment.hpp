#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/log_record.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

/// The place of a segment in the log, from 1.
using SegmentNumber = base::StrongType<std::uint64_t, struct SegmentNumberTag>;

/// The first bytes of a segment file: docs/formats/log.md, "segment".
struct SegmentHeader {
  SegmentNumber number;
  RecordNumber first_record;

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

inline constexpr std::size_t kSegmentHeaderSize = 64;

/// The file name of a segment; sorted names are in the order of the numbers.
std::string segment_name(SegmentNumber number);

/// The number in a file name; nothing if it is not the name of a segment.
std::optional<SegmentNumber> segment_number(std::string_view name);

std::string encode_segment_header(const SegmentHeader& header, const StoreIdentity& identity);

/// Nothing where the bytes are not a whole and unharmed header of this store. A newer version is a failure.
StoreResult<std::optional<SegmentHeader>> parse_segment_header(std::string_view content,
                                                               const StoreIdentity& identity,
                                                               const std::filesystem::path& path);

/// What the bytes of a segment say when they are read from the front.
struct SegmentScan {
  enum class End : std::uint8_t {
    open,         // behind the last record there are only zeros
    ended,        // the last record is segment_end
    torn,         // behind the last record stand bytes that are no record, and no record behind those
    interrupted,  // behind the last record stand bytes that are no record, and behind those a later record:
                  // something that was once whole is not any more
  };

  End end = End::open;
  std::uint64_t end_offset = 0;          // where the next record goes
  std::uint64_t last_record_offset = 0;  // 0: there is none
  RecordNumber next_record;
  std::uint64_t garbage_end = 0;  // torn: the bytes in [end_offset, garbage_end) are to be zeroed
};

/// Reads the records of a segment in order and hands each to `visit`. Pure: the content is all of the file.
SegmentScan scan_segment(std::string_view content, RecordNumber first_record, std::uint64_t checksum_seed,
                         const std::function<void(const LogRecord&)>& visit);

}  // namespace hourglass::engine
