#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/hour.hpp"
#include "engine/log_record.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

/// The first bytes of an event file: docs/formats/events.md.
struct EventFileHeader {
  RecordRange range;
  std::uint64_t events = 0;
  std::uint64_t blocks = 0;
  core::Timestamp log_time;
  std::uint64_t index_offset = 0;

  [[nodiscard]] std::uint64_t index_size() const;
};

inline constexpr std::size_t kEventHeaderSize = 88;

/// What the index says about a block.
struct EventBlockEntry {
  std::uint64_t offset = 0;
  std::uint32_t first_hour = 0;
  std::uint32_t last_hour = 0;
  std::uint32_t events = 0;
  std::uint32_t size = 0;  // before compression
};

std::string encode_event_header(const EventFileHeader& header, const StoreIdentity& identity);

/// Reads a header back; `path` names the file in a failure.
StoreResult<EventFileHeader> parse_event_header(std::string_view content, const StoreIdentity& identity,
                                                const std::filesystem::path& path);

std::string encode_event_index(const std::vector<EventBlockEntry>& blocks, std::uint64_t seed);
StoreResult<std::vector<EventBlockEntry>> parse_event_index(std::string_view content,
                                                            const EventFileHeader& header, std::uint64_t seed,
                                                            const std::filesystem::path& path);

/// Seeds the checksums of the blocks, and of the index behind them: those of another file never pass.
std::uint64_t event_file_seed(RecordRange range, const StoreIdentity& identity);

/// Puts the checksum behind a block as it is stored.
void append_block_checksum(std::string& stored, std::uint64_t seed, std::uint64_t number);

/// The block without its checksum; nothing where that does not fit.
std::optional<std::string_view> checked_block(std::string_view stored, std::uint64_t seed,
                                              std::uint64_t number);

}  // namespace hourglass::engine
