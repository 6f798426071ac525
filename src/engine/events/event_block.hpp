#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/event.hpp"
#include "engine/bytes.hpp"
#include "engine/commit_record.hpp"

namespace hourglass::engine {

/// An event as event files keep it. `user` points into the bytes it was read from.
struct KeptEvent {
  Sequence sequence;
  core::Timestamp timestamp;
  core::Kind kind;
  std::string_view user;

  friend bool operator==(const KeptEvent&, const KeptEvent&) = default;
};

/// No block has more bytes than this before compression.
inline constexpr std::size_t kMaxBlockBytes = std::size_t{64} * 1024;

/// Writes a block event by event: docs/formats/events.md, "block". The events come by hour, and within an
/// hour by sequence.
class EventBlockEncoder {
 public:
  /// Whether any event at all still fits.
  [[nodiscard]] bool has_room() const;
  void add(const KeptEvent& event);

  [[nodiscard]] bool empty() const { return event_count_ == 0; }
  [[nodiscard]] std::uint32_t event_count() const { return event_count_; }
  [[nodiscard]] core::Hour first_hour() const { return first_hour_; }
  [[nodiscard]] core::Hour last_hour() const { return hour_; }

  /// The bytes of the block before compression; the encoder is used up.
  [[nodiscard]] std::string take();

 private:
  void end_section();

  std::string sections_;  // of the hours before hour_
  std::string events_;    // of hour_
  std::uint32_t event_count_ = 0;
  std::uint32_t events_in_hour_ = 0;
  core::Hour first_hour_;
  core::Hour hour_;
  core::Hour previous_hour_;
  Sequence previous_sequence_;
  core::Timestamp previous_timestamp_;
};

/// Reads the events of a block one after the other. The bytes outlive it and the events it gives.
class EventBlockDecoder {
 public:
  explicit EventBlockDecoder(std::string_view block) : reader_(block) {}

  /// False where there is no further event: at the end, or because the bytes are not a block.
  bool next(KeptEvent& event);

  /// Of the event that next() has given.
  [[nodiscard]] core::Hour hour() const { return hour_; }

  /// True when next() has returned false before the end of the block.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  bool begin_section();
  bool fail();

  ByteReader reader_;
  std::uint64_t left_in_hour_ = 0;
  bool failed_ = false;
  bool first_section_ = true;
  bool first_of_hour_ = false;
  core::Hour hour_;
  Sequence previous_sequence_;
  core::Timestamp previous_timestamp_;
};

/// The block as it is stored: compressed, or as it is where that is not smaller.
std::string compress_block(const std::string& block);

/// What compress_block() was given; nothing where the stored bytes are not such a block of this size.
std::optional<std::string> expand_block(std::string_view stored, std::size_t block_size);

}  // namespace hourglass::engine
