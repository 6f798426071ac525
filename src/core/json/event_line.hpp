#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "core/event.hpp"
#include "core/event_limits.hpp"

namespace hourglass::core {

/// Reads events from lines of NDJSON: one object a line,
/// `{"timestamp":1700000000000,"user":"ann","event":"click","id":"…"}`, the id being optional.
///
/// A line must be exactly one RFC 8259 object in UTF-8, nested no deeper than 64 levels; the members above
/// occur at most once, names being compared after unescaping; other members are ignored, but must be valid
/// too. Keeps its working memory between lines, unless they are very long; one thread at a time.
class EventLineParser {
 public:
  /// Of `{"timestamp":1,"user":"a","event":"click"}`: no shorter line is an event.
  static constexpr std::size_t kShortestLine = 42;

  EventLineParser() : EventLineParser(IdempotencyKey::kMaxBytes) {}

  /// Ids may have so many bytes.
  explicit EventLineParser(std::size_t longest_id);
  ~EventLineParser();
  EventLineParser(EventLineParser&&) noexcept;
  EventLineParser& operator=(EventLineParser&&) noexcept;

  /// Fails with invalid_json where the line is not such an object, otherwise with the first fault of
  /// timestamp, user, event and id.
  base::Result<Event> parse(std::string_view line, const EventLimits& limits, Timestamp now);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hourglass::core
