#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/event.hpp"
#include "core/event_limits.hpp"
#include "core/json/event_line.hpp"
#include "core/json/long_event_line.hpp"
#include "http/batch_memory.hpp"
#include "http/gzip_decoder.hpp"
#include "http/turn.hpp"

namespace hourglass::http {

/// Reads the body of a batch as it arrives: NDJSON, possibly compressed, an event a line. Gathers the events
/// and what is wrong with lines that are none; keeps no line that is long. Belongs to one request; one thread
/// at a time.
class BatchReader {
 public:
  struct Settings {
    std::size_t max_body_bytes;  // counted after decompression
    bool gzip;
    core::EventLimits limits;
    core::Timestamp now;
    std::optional<core::IdempotencyKey> key;  // gives each line without an id the id `key#line`
  };

  /// Both outlive it; the parser may be that of other batches of the same thread too.
  BatchReader(Settings settings, core::EventLineParser& parser, BatchMemory& memory);

  /// Takes the next bytes of the body, as many as there is time for until the turn is over, and says how many
  /// these were. Fails with body_too_large, invalid_body, or overloaded where all batches hold too much;
  /// nothing of the batch counts then.
  base::Result<std::size_t> append(std::string_view body_bytes, Turn& turn);

  /// Whether there is more to be done with the bytes that have been taken: append() again, before finish().
  [[nodiscard]] bool has_more() const { return gzip_ && gzip_->has_more(); }

  /// Says that the body has ended. Fails with invalid_body.
  base::Result<void> finish();

  /// The events of the valid lines, in their order; once, after finish().
  std::vector<core::Event> take_events();

  /// The JSON that answers the request, after finish().
  [[nodiscard]] std::string report() const;

 private:
  struct Rejection {
    std::uint64_t line;
    base::Error error;
  };

  base::Result<GzipDecoder::Step> next_text(std::string_view body_bytes);
  base::Result<void> take_text(std::string_view text, Turn& turn);
  void add_to_line(std::string_view part);
  void end_line();
  void take_line(std::string_view line);
  base::Result<core::Event> read_line(std::string_view line);
  [[nodiscard]] std::size_t held_bytes() const;

  const Settings settings_;
  std::unique_ptr<GzipDecoder> gzip_;
  core::EventLineParser& parser_;
  std::string unfinished_line_;                     // without the white space that it begins with
  std::unique_ptr<core::LongEventLine> long_line_;  // in its place, once it is long
  std::size_t text_bytes_ = 0;
  std::uint64_t line_number_ = 0;
  std::vector<core::Event> events_;
  std::size_t text_of_events_ = 0;  // bytes of users and keys
  std::uint64_t accepted_count_ = 0;
  std::uint64_t rejected_count_ = 0;
  std::vector<Rejection> rejections_;  // the first of them
  BatchMemory::Share memory_;
};

}  // namespace hourglass::http
