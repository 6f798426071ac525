#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/access_log/field.hpp"

namespace hourglass::cli {

/// What a format makes of a line.
enum class LineContent : std::uint8_t {
  entry,      // the values of its fields can be used
  directive,  // a line about the file itself
};

/// A format of access logs: finds the values of the fields that it was made for in one line after another.
/// One thread at a time.
class LogFormat {
 public:
  LogFormat() = default;
  LogFormat(const LogFormat&) = delete;
  LogFormat& operator=(const LogFormat&) = delete;
  virtual ~LogFormat() = default;

  /// Sets `values`, one for each field that the format was made for, in their order. They point into the line
  /// or into the format and last until the next call. Fails with what is wrong with the line; a constant, so
  /// that nothing of the line gets into it.
  virtual base::Expected<LineContent, const char*> read(std::string_view line,
                                                        std::vector<FieldValue>& values) = 0;

  /// What earlier lines said about their file is forgotten.
  virtual void begin_file() {}
};

/// `common` and `combined`, as nginx and Apache write them. All fields are standard ones.
std::unique_ptr<LogFormat> make_combined_format(const std::vector<Field>& fields);

/// `json`: one object a line. All names are paths of members.
std::unique_ptr<LogFormat> make_json_format(const std::vector<Field>& fields);

/// `caddy`: json, in which the standard fields are where Caddy puts them.
std::unique_ptr<LogFormat> make_caddy_format(const std::vector<Field>& fields);

/// `cloudfront`: columns between tabs, named by a line `#Fields:`.
std::unique_ptr<LogFormat> make_cloudfront_format(const std::vector<Field>& fields);

}  // namespace hourglass::cli
