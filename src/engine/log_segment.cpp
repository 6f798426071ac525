#include "engine/log_segment.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "engine/bytes.hpp"
#include "engine/checksum.hpp"

namespace hourglass::engine {
namespace {

constexpr std::string_view kMagic = "HGLOGSEG";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kVersionOffset = 8;
constexpr std::size_t kNameDigits = 20;

std::string header_without_checksum(const SegmentHeader& header, const StoreIdentity& identity) {
  std::string bytes(kMagic);
  append_fixed(bytes, kVersion);
  append_fixed(bytes, std::uint32_t{0});
  append_fixed(bytes, header.number.value());
  append_fixed(bytes, header.first_record.value());
  bytes.append(reinterpret_cast<const char*>(identity.id.data()), identity.id.size());
  append_fixed(bytes, std::uint64_t{0});
  return bytes;
}

/// Whether a whole record that was written later than everything before `from` lies at or behind it.
bool holds_later_record(std::string_view content, std::uint64_t from, RecordNumber expected,
                        std::uint64_t seed) {
  for (std::uint64_t at = from; at < content.size(); at += kRecordAlignment) {
    const auto record = parse_record(content.substr(at), seed);
    if (record && record->number >= expected)
      return true;
  }
  return false;
}

}  // namespace

std::string segment_name(SegmentNumber number) {
  const std::string digits = std::to_string(number.value());
  return std::string(kNameDigits - digits.size(), '0') + digits + ".log";
}

std::optional<SegmentNumber> segment_number(std::string_view name) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  const SegmentNumber segment{number};
  if (read.ec != std::errc() || number == 0 || name != segment_name(segment))
    return std::nullopt;
  return segment;
}

std::string encode_segment_header(const SegmentHeader& header, const StoreIdentity& identity) {
  std::string bytes = header_without_checksum(header, identity);
  append_fixed(bytes, checksum(bytes, identity.checksum_seed()));
  return bytes;
}

StoreResult<std::optional<SegmentHeader>> parse_segment_header(std::string_view content,
                                                               const StoreIdentity& identity,
                                                               const std::filesystem::path& path) {
  if (content.size() < kSegmentHeaderSize || !content.starts_with(kMagic))
    return std::nullopt;
  const auto version = read_fixed<std::uint32_t>(content, kVersionOffset);
  if (version > kVersion)
    return newer_format(path, version);
  const SegmentHeader header{SegmentNumber{read_fixed<std::uint64_t>(content, 16)},
                             RecordNumber{read_fixed<std::uint64_t>(content, 24)}};
  // Encoding what was read compares every field at once: version, identity, reserved bytes and checksum.
  if (content.substr(0, kSegmentHeaderSize) != encode_segment_header(header, identity))
    return std::nullopt;
  return header;
}

SegmentScan scan_segment(std::string_view content, RecordNumber first_record, std::uint64_t checksum_seed,
                         const std::function<void(const LogRecord&)>& visit) {
  SegmentScan scan;
  scan.end_offset = kSegmentHeaderSize;
  scan.next_record = first_record;
  while (scan.end != SegmentScan::End::ended) {
    const auto record =
        parse_record(content.substr(std::min<std::uint64_t>(scan.end_offset, content.size())), checksum_seed);
    if (!record || record->number != scan.next_record)
      break;
    visit(*record);
    scan.last_record_offset = scan.end_offset;
    scan.end_offset += record_size(record->payload.size());
    scan.next_record = RecordNumber{scan.next_record.value() + 1};
    if (record->type == RecordType::segment_end)
      scan.end = SegmentScan::End::ended;
  }
  if (scan.end == SegmentScan::End::ended)
    return scan;
  const std::size_t last_byte = content.find_last_not_of('\0');
  if (last_byte == std::string_view::npos || last_byte < scan.end_offset)
    return scan;
  scan.garbage_end = last_byte + 1;
  const bool later = holds_later_record(content, scan.end_offset, scan.next_record, checksum_seed);
  scan.end = later ? SegmentScan::End::interrupted : SegmentScan::End::torn;
  return scan;
}

}  // namespace hourglass::engine
