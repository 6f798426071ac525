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
#include "http/gzip_decoder.hpp"

namespace hourglass::http {

/// Reads the body of a batch as it arrives: NDJSON, possibly compressed, an event a line. Gathers the events
/// and what is wrong with lines that are none. Belongs to one request; one thread at a time.
class BatchReader {
 public:
  struct Settings {
    std::size_t max_body_bytes;  // counted after decompression
    bool gzip;
    core::EventLimits limits;
    core::Timestamp now;
    std::optional<core::IdempotencyKey> key;  // gives each line without an id the id `key#line`
  };

  explicit BatchReader(Settings settings);

  /// Takes the next bytes of the body. Fails with body_too_large or invalid_body; nothing of the batch counts
  /// then.
  base::Result<void> append(std::string_view body_bytes);

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

  base::Result<void> take_text(std::string_view text);
  void take_line(std::string_view line);
  base::Result<core::Event> read_line(std::string_view line);

  const Settings settings_;
  std::unique_ptr<GzipDecoder> gzip_;
  core::EventLineParser parser_;
  std::string unfinished_line_;
  std::size_t text_bytes_ = 0;
  std::uint64_t line_number_ = 0;
  std::vector<core::Event> events_;
  std::uint64_t accepted_count_ = 0;
  std::uint64_t rejected_count_ = 0;
  std::vector<Rejection> rejections_;  // the first of them
};

}  // namespace hourglass::http
