#include "engine/log_record.hpp"

#include "engine/bytes.hpp"
#include "engine/checksum.hpp"

namespace hourglass::engine {
namespace {

constexpr std::uint32_t kMagic = 0x43524748;  // "HGRC"
constexpr std::size_t kLengthOffset = 4;
constexpr std::size_t kNumberOffset = 8;
constexpr std::size_t kChecksumOffset = 16;
constexpr std::size_t kTypeOffset = 24;
constexpr std::size_t kHeaderSize = 32;

constexpr std::size_t padded(std::size_t size) {
  return (size + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

/// Covers every byte of the record but the checksum itself, the padding too.
std::uint64_t record_checksum(std::string_view record, std::uint64_t seed) {
  return checksum(record.substr(kTypeOffset), seed ^ checksum(record.substr(0, kChecksumOffset), seed));
}

bool is_known(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(RecordType::commit_v1) &&
         type <= static_cast<std::uint8_t>(RecordType::commit);
}

}  // namespace

std::size_t record_size(std::size_t payload_size) {
  return kHeaderSize + padded(payload_size);
}

std::string encode_record(const LogRecord& record, std::uint64_t checksum_seed) {
  std::string bytes;
  bytes.reserve(record_size(record.payload.size()));
  append_fixed(bytes, kMagic);
  append_fixed(bytes, static_cast<std::uint32_t>(record.payload.size()));
  append_fixed(bytes, record.number.value());
  append_fixed(bytes, std::uint64_t{0});  // the checksum, below
  append_fixed(bytes, std::uint64_t{static_cast<std::uint8_t>(record.type)});
  bytes += record.payload;
  bytes.resize(record_size(record.payload.size()), '\0');
  std::string sum;
  append_fixed(sum, record_checksum(bytes, checksum_seed));
  bytes.replace(kChecksumOffset, sum.size(), sum);
  return bytes;
}

std::optional<LogRecord> parse_record(std::string_view bytes, std::uint64_t checksum_seed) {
  if (bytes.size() < kHeaderSize || read_fixed<std::uint32_t>(bytes, 0) != kMagic)
    return std::nullopt;
  const std::size_t payload_size = read_fixed<std::uint32_t>(bytes, kLengthOffset);
  if (bytes.size() < record_size(payload_size))
    return std::nullopt;
  bytes = bytes.substr(0, record_size(payload_size));
  const auto type = read_fixed<std::uint8_t>(bytes, kTypeOffset);
  if (record_checksum(bytes, checksum_seed) != read_fixed<std::uint64_t>(bytes, kChecksumOffset) ||
      !is_known(type))
    return std::nullopt;
  return LogRecord{static_cast<RecordType>(type),
                   RecordNumber{read_fixed<std::uint64_t>(bytes, kNumberOffset)},
                   bytes.substr(kHeaderSize, payload_size)};
}

}  // namespace hourglass::engine
