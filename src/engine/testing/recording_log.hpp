#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "ports/log.hpp"

namespace hourglass::engine {

/// Keeps the messages it is given, for tests.
class RecordingLog final : public ports::Log {
 public:
  void write(ports::LogLevel, std::string_view message, std::initializer_list<ports::LogField>) override {
    const std::lock_guard lock(mutex_);
    messages_.emplace_back(message);
  }

  [[nodiscard]] std::vector<std::string> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
};

}  // namespace hourglass::engine
