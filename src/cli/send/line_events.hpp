#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "cli/access_log/mapping.hpp"
#include "cli/hashing/value_digest.hpp"
#include "cli/input/occurrence.hpp"
#include "core/json/event_line.hpp"

namespace hourglass::cli {

/// A line of an input that is no event though it should be one.
struct RefusedLine {
  std::string code;  // that of the server where it has one for this; or not_mapped, line_too_long
  std::string why;   // never with data of the line
};

/// The event of a line, as it is sent: a line of NDJSON with an id and with the LF that ends it. Empty: the
/// line is left out.
struct SentLine {
  std::string_view event;  // valid until the next line is taken
};

/// Says how often a line stood in its input before, and counts it.
using LineCount = std::function<base::Expected<std::uint64_t, std::string>(const LineKey&)>;

using LineOutcome = std::variant<SentLine, RefusedLine>;

/// Makes events of the lines of an input: a line of NDJSON, or of an access log by a mapping. Gives each that
/// has none an id that follows from the source, the line, and how often it stood in this input before: the
/// same input gives the same ids, under whatever name, and however it is compressed or continued. One thread.
class LineEvents {
 public:
  /// `mapping`: nothing for NDJSON.
  LineEvents(std::string source, std::optional<LineMapping> mapping);

  /// Another file begins.
  void begin_file();

  /// Whether a part of a line may pass for a line, with another id.
  [[nodiscard]] bool needs_whole_lines() const { return mapping_.has_value(); }

  /// `count` is asked at most once, for a line that needs an id; a failure of it ends the sending.
  base::Expected<LineOutcome, std::string> take(std::string_view line, const LineCount& count);

 private:
  base::Expected<LineOutcome, std::string> take_json(std::string_view line, const LineCount& count);
  base::Expected<LineOutcome, std::string> take_mapped(std::string_view line, const LineCount& count);
  base::Expected<LineOutcome, std::string> sent(std::string_view line, const LineCount& count,
                                                core::Timestamp timestamp, std::string_view user,
                                                core::Kind kind);

  const std::string source_;
  ValueDigest digest_;
  std::optional<LineMapping> mapping_;
  core::EventLineParser parser_;
  std::string event_;
};

}  // namespace hourglass::cli
