#include "daemon/logging.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/utf8.hpp"

namespace hourglass::daemon {
namespace {

using ports::LogField;
using ports::LogLevel;

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "";
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string iso8601(core::Timestamp time) {
  const auto seconds = static_cast<std::time_t>(time.value() / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), time.value() % 1000);
}

/// The length of the UTF-8 character that the text begins with; 0 if it begins with none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (core::is_valid_utf8(text.substr(0, length)))
      return length;
  }
  return 0;
}

/// Whether some reader takes the character for the end of a line, or a terminal for a command: the control
/// characters of ASCII and of Unicode (U+0080 to U+009F), and its line and paragraph separators.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (first == 0xC2)
    return static_cast<unsigned char>(character[1]) < 0xA0;
  return first < 0x20 || first == 0x7F || character == "\u2028" || character == "\u2029";
}

/// The code point of a control character.
unsigned control_code(std::string_view character) {
  if (character.size() == 3)
    return 0x2000U + static_cast<unsigned char>(character[2]) - 0x80U;
  return static_cast<unsigned char>(character.back());
}

/// Escaped as in JSON, so that the text stays on one line and is UTF-8: bytes that are none become U+FFFD.
std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(1, length));
    if (length == 0)
      out += "\uFFFD";
    else if (is_control(character))
      out += fmt::format("\\u{:04x}", control_code(character));
    else if (character == "\"" || character == "\\")
      out.append("\\").append(character);
    else
      out += character;
    text.remove_prefix(character.size());
  }
  return out;
}

std::string quoted(std::string_view text) {
  return '"' + escaped(text) + '"';
}

bool needs_quotes(std::string_view value) {
  if (value.empty())
    return true;
  for (const char c : value) {
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == '"' ||
        c == '=' || c == '\\')
      return true;
  }
  return false;
}

}  // namespace

std::string format_text_line(core::Timestamp now, LogLevel level, std::string_view message,
                             std::initializer_list<LogField> fields) {
  std::string line = fmt::format("{} {} {}", iso8601(now), name_of(level), escaped(message));
  for (const LogField& field : fields) {
    line += fmt::format(" {}=", field.name);
    if (const auto* number = std::get_if<std::int64_t>(&field.value))
      line += std::to_string(*number);
    else
      line += needs_quotes(std::get<std::string>(field.value)) ? quoted(std::get<std::string>(field.value))
                                                               : std::get<std::string>(field.value);
  }
  return line;
}

std::string format_json_line(core::Timestamp now, LogLevel level, std::string_view message,
                             std::initializer_list<LogField> fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":{})", iso8601(now), name_of(level),
                                 quoted(message));
  for (const LogField& field : fields) {
    line += fmt::format(",{}:", quoted(field.name));
    if (const auto* number = std::get_if<std::int64_t>(&field.value))
      line += std::to_string(*number);
    else
      line += quoted(std::get<std::string>(field.value));
  }
  return line + '}';
}

StandardErrorLog::StandardErrorLog(LogSettings settings, const ports::Clock& clock)
    : settings_(settings),
      clock_(clock),
      logger_(
          std::make_shared<spdlog::logger>("hourglass", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%v");
  logger_->set_level(spdlog_level(settings.level));
  logger_->flush_on(spdlog::level::trace);
}

StandardErrorLog::~StandardErrorLog() = default;

void StandardErrorLog::write(LogLevel level, std::string_view message,
                             std::initializer_list<LogField> fields) {
  if (!logger_->should_log(spdlog_level(level)))
    return;
  const std::string line = settings_.format == LogFormat::json
                               ? format_json_line(clock_.now(), level, message, fields)
                               : format_text_line(clock_.now(), level, message, fields);
  logger_->log(spdlog_level(level), "{}", line);
}

}  // namespace hourglass::daemon
