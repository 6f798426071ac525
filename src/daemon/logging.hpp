#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/hour.hpp"
#include "ports/clock.hpp"
#include "ports/log.hpp"

namespace spdlog {
class logger;
}

namespace hourglass::daemon {

enum class LogFormat : std::uint8_t { text, json };

struct LogSettings {
  ports::LogLevel level = ports::LogLevel::info;
  LogFormat format = LogFormat::text;
};

/// The log of the program, on standard error: one line an event, whatever the message and the fields hold.
/// Owned by the composition root; callable from every thread.
class StandardErrorLog final : public ports::Log {
 public:
  StandardErrorLog(LogSettings settings, const ports::Clock& clock);
  ~StandardErrorLog() override;

  void write(ports::LogLevel level, std::string_view message,
             std::initializer_list<ports::LogField> fields) override;

 private:
  const LogSettings settings_;
  const ports::Clock& clock_;
  std::shared_ptr<spdlog::logger> logger_;
};

/// `2026-11-24T12:00:00.123Z info listening address=127.0.0.1 port=8080`
std::string format_text_line(core::Timestamp now, ports::LogLevel level, std::string_view message,
                             std::initializer_list<ports::LogField> fields);

/// `{"time":"…","level":"info","message":"listening","address":"127.0.0.1","port":8080}`
std::string format_json_line(core::Timestamp now, ports::LogLevel level, std::string_view message,
                             std::initializer_list<ports::LogField> fields);

}  // namespace hourglass::daemon
