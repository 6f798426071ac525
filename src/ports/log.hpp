#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace hourglass::ports {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One `name=value` of a log line.
struct LogField {
  std::string_view name;
  std::variant<std::string, std::int64_t> value;
};

/// Where the program says what it does, one line an event. Neither the message nor a field holds the name of
/// a user or a request target. Callable from every thread.
class Log {
 public:
  virtual ~Log() = default;

  /// `message` is a short constant phrase ("listening"); what varies goes into fields.
  virtual void write(LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields = {}) = 0;
};

}  // namespace hourglass::ports
