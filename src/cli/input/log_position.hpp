#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/input/file_identity.hpp"
#include "cli/input/log_beginning.hpp"

namespace hourglass::cli {

/// How far a log has been acknowledged.
struct LogPosition {
  std::string log;           // the path of the log, absolute
  LogBeginning beginning;    // of the generation; empty while no line has ever been seen
  FileIdentity file;         // a hint, where several generations begin alike
  std::uint64_t offset = 0;  // behind the last line that was acknowledged, in bytes of the generation's text
  std::uint64_t line = 0;    // the number of that line in its generation
  std::int64_t since = 0;    // nanoseconds since 1970; with an empty beginning: newer files are unread
  std::uint64_t counts = 0;  // names the counts that the generation began with; 0: none

  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

/// The content of a position file, a field a line and a checksum at the end:
///   hourglass position 1
///   log /var/log/nginx/access.log
///   beginning 1024 8c41f60a3be01d27
///   file 131090 1706745600000000000
///   offset 73311
///   line 412
///   since 0
///   counts 99aa06d3014798d8
///   checksum 2d06800538d394c2
std::string to_text(const LogPosition& position);

/// Reads it back. The failure says what is wrong, to stand behind the name of the file.
base::Expected<LogPosition, std::string> parse_position(std::string_view text);

}  // namespace hourglass::cli
