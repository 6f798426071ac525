#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "daemon/setting.hpp"

namespace hourglass::daemon {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

/// What the command line asks for.
struct CommandLine {
  enum class Command { serve, config };

  Command command = Command::serve;
  std::optional<std::string> config_file;
  std::vector<std::pair<std::string, std::string>> flags;  // setting name and value
};

/// What is to be printed instead of running a command: the answer to --help and --version, or what is wrong.
struct CommandLineEnd {
  int exit_code;
  std::string output;
};

base::Expected<CommandLine, CommandLineEnd> parse_command_line(std::span<const Setting> table,
                                                               const std::vector<std::string>& arguments);

}  // namespace hourglass::daemon
