#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong_type.hpp"

namespace hourglass::engine {

/// The place of a record in the log, from 1, without gaps over all segments.
using RecordNumber = base::StrongType<std::uint64_t, struct RecordNumberTag>;

/// The records, both included, that something made from the log was made from.
struct RecordRange {
  RecordNumber first;
  RecordNumber last;

  friend bool operator==(const RecordRange&, const RecordRange&) = default;
};

constexpr bool contains(const RecordRange& outer, const RecordRange& inner) {
  return outer.first <= inner.first && inner.last <= outer.last;
}

enum class RecordType : std::uint8_t {
  commit = 1,       // payload: commit_record.hpp
  segment_end = 2,  // no payload: the log goes on in the next segment, which exists
  close = 3,        // no payload: the store was closed in order; shows that the record before it is whole
};

/// A record of the log as it lies in a segment: docs/formats/log.md, "record".
struct LogRecord {
  RecordType type;
  RecordNumber number;
  std::string_view payload;  // points into the bytes it was parsed from
};

/// Records begin at multiples of this many bytes.
inline constexpr std::size_t kRecordAlignment = 8;

/// How many bytes a record with a payload of `payload_size` bytes takes.
std::size_t record_size(std::size_t payload_size);

/// The bytes of a record. The payload is below 4 GiB.
std::string encode_record(const LogRecord& record, std::uint64_t checksum_seed);

/// The record that begins with the first of the bytes; nothing where they are not a whole and unharmed one.
std::optional<LogRecord> parse_record(std::string_view bytes, std::uint64_t checksum_seed);

}  // namespace hourglass::engine
