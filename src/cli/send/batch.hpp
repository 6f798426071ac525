#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::cli {

/// Where an input has been read to.
struct InputPlace {
  std::size_t input = 0;         // which of the inputs of the command
  std::uint64_t line = 0;        // its number, from 1; 0: nothing was read
  std::uint64_t end_offset = 0;  // behind the line, in bytes as they are after decompression
};

/// A line of an input that is an event of a batch.
struct BatchLine {
  std::size_t input;
  std::uint64_t number;
  std::size_t event_begin;     // in Batch::events
  std::size_t original_begin;  // in Batch::originals
};

/// Events that are sent together, and the lines they come from. Memory is bounded by is_full() and the
/// longest line.
struct Batch {
  /// All refusals of a batch are listed by a server, which lists a thousand.
  static constexpr std::size_t kMaxLines = 1'000;
  static constexpr std::size_t kMaxBytes = std::size_t{512} << 10U;

  std::uint64_t number = 0;  // in the order of the inputs
  std::string events;        // NDJSON
  std::string originals;     // the lines as they stood in their inputs, where these are kept
  std::vector<BatchLine> lines;
  InputPlace read_to;  // with the lines behind the last event that are none

  [[nodiscard]] bool is_full() const {
    return lines.size() >= kMaxLines || events.size() + originals.size() >= kMaxBytes;
  }

  /// The events from `first` on, `count` of them.
  [[nodiscard]] std::string_view events_of(std::size_t first, std::size_t count) const;

  /// The original of a line; empty where they are not kept.
  [[nodiscard]] std::string_view original_of(std::size_t line) const;
};

}  // namespace hourglass::cli
