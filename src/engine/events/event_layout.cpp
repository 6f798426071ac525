#include "engine/events/event_layout.hpp"

#include "engine/bytes.hpp"
#include "engine/checksum.hpp"
#include "engine/events/event_block.hpp"

namespace hourglass::engine {
namespace {

constexpr std::string_view kMagic = "HGEVENTS";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kVersionOffset = 8;
constexpr std::size_t kEntrySize = 24;
constexpr std::size_t kChecksumSize = 8;

/// Whether an entry speaks of a block that ends at `end`.
bool fits(const EventBlockEntry& entry, std::uint64_t end) {
  return end > entry.offset + kChecksumSize && end - entry.offset - kChecksumSize <= entry.size &&
         entry.size <= kMaxBlockBytes && entry.events > 0 && entry.first_hour <= entry.last_hour;
}

/// Whether the blocks stand one behind the other, by hour, and fill the space between header and index.
bool are_consistent(const std::vector<EventBlockEntry>& blocks, const EventFileHeader& header) {
  std::uint64_t events = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const bool is_last = i + 1 == blocks.size();
    if (!fits(blocks[i], is_last ? header.index_offset : blocks[i + 1].offset) ||
        (!is_last && blocks[i].last_hour > blocks[i + 1].first_hour))
      return false;
    events += blocks[i].events;
  }
  const std::uint64_t begin = blocks.empty() ? header.index_offset : blocks.front().offset;
  return begin == kEventHeaderSize && events == header.events;
}

}  // namespace

std::uint64_t EventFileHeader::index_size() const {
  return blocks * kEntrySize + kChecksumSize;
}

std::string encode_event_header(const EventFileHeader& header, const StoreIdentity& identity) {
  std::string bytes(kMagic);
  append_fixed(bytes, kVersion);
  append_fixed(bytes, std::uint32_t{0});
  append_fixed(bytes, header.range.first.value());
  append_fixed(bytes, header.range.last.value());
  append_fixed(bytes, header.events);
  append_fixed(bytes, header.blocks);
  append_fixed(bytes, header.log_time.value());
  append_fixed(bytes, header.index_offset);
  bytes.append(reinterpret_cast<const char*>(identity.id.data()), identity.id.size());
  append_fixed(bytes, checksum(bytes, identity.checksum_seed()));
  return bytes;
}

StoreResult<EventFileHeader> parse_event_header(std::string_view content, const StoreIdentity& identity,
                                                const std::filesystem::path& path) {
  if (content.size() < kEventHeaderSize || !content.starts_with(kMagic))
    return damage(path, "it does not begin like an event file");
  if (const auto version = read_fixed<std::uint32_t>(content, kVersionOffset); version > kVersion)
    return newer_format(path, version);
  EventFileHeader header;
  header.range = {RecordNumber{read_fixed<std::uint64_t>(content, 16)},
                  RecordNumber{read_fixed<std::uint64_t>(content, 24)}};
  header.events = read_fixed<std::uint64_t>(content, 32);
  header.blocks = read_fixed<std::uint64_t>(content, 40);
  header.log_time = core::Timestamp{read_fixed<std::uint64_t>(content, 48)};
  header.index_offset = read_fixed<std::uint64_t>(content, 56);
  // Encoding what was read compares every field at once: version, identity, reserved bytes and checksum.
  if (content != encode_event_header(header, identity))
    return damage(path, "its header is wrong");
  return header;
}

std::string encode_event_index(const std::vector<EventBlockEntry>& blocks, std::uint64_t seed) {
  std::string content;
  content.reserve(blocks.size() * kEntrySize + kChecksumSize);
  for (const EventBlockEntry& entry : blocks) {
    append_fixed(content, entry.offset);
    append_fixed(content, entry.first_hour);
    append_fixed(content, entry.last_hour);
    append_fixed(content, entry.events);
    append_fixed(content, entry.size);
  }
  append_block_checksum(content, seed, blocks.size());
  return content;
}

StoreResult<std::vector<EventBlockEntry>> parse_event_index(std::string_view content,
                                                            const EventFileHeader& header, std::uint64_t seed,
                                                            const std::filesystem::path& path) {
  const auto entries = checked_block(content, seed, header.blocks);
  if (!entries || content.size() != header.index_size())
    return damage(path, "its index is not what was written");
  std::vector<EventBlockEntry> blocks(header.blocks);
  ByteReader reader(*entries);
  for (EventBlockEntry& entry : blocks) {
    entry.offset = reader.fixed<std::uint64_t>();
    entry.first_hour = reader.fixed<std::uint32_t>();
    entry.last_hour = reader.fixed<std::uint32_t>();
    entry.events = reader.fixed<std::uint32_t>();
    entry.size = reader.fixed<std::uint32_t>();
  }
  if (!are_consistent(blocks, header))
    return damage(path, "its index contradicts itself");
  return blocks;
}

std::uint64_t event_file_seed(RecordRange range, const StoreIdentity& identity) {
  std::string bytes;
  append_fixed(bytes, range.first.value());
  append_fixed(bytes, range.last.value());
  return checksum(bytes, identity.checksum_seed());
}

void append_block_checksum(std::string& stored, std::uint64_t seed, std::uint64_t number) {
  append_fixed(stored, checksum(stored, seed + number));
}

std::optional<std::string_view> checked_block(std::string_view stored, std::uint64_t seed,
                                              std::uint64_t number) {
  if (stored.size() < kChecksumSize)
    return std::nullopt;
  const std::string_view block = stored.substr(0, stored.size() - kChecksumSize);
  if (checksum(block, seed + number) != read_fixed<std::uint64_t>(stored, block.size()))
    return std::nullopt;
  return block;
}

}  // namespace hourglass::engine
