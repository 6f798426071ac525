#include "daemon/logging.hpp"

#include <chrono>
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

/// In quotes, with everything escaped that would end the string or the line. What is no UTF-8 is replaced by
/// question marks, so that the line can always be read as JSON.
std::string quoted(std::string_view value) {
  const bool is_text = core::is_valid_utf8(value);
  std::string out = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += byte >= 0x80 && !is_text ? '?' : c;
  }
  return out + '"';
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
  std::string line = fmt::format("{} {} {}", iso8601(now), name_of(level), message);
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

StandardErrorLog::StandardErrorLog(LogSettings settings)
    : settings_(settings),
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
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const core::Timestamp now{
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count())};
  const std::string line = settings_.format == LogFormat::json
                               ? format_json_line(now, level, message, fields)
                               : format_text_line(now, level, message, fields);
  logger_->log(spdlog_level(level), "{}", line);
}

}  // namespace hourglass::daemon
