#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/exit_codes.hpp"
#include "daemon/export_arguments.hpp"
#include "daemon/setting.hpp"

namespace hourglass::daemon {

using cli::kExitDone;
using cli::kExitFailed;
using cli::kExitUsage;

/// What the command line asks for.
struct CommandLine {
  enum class Command { serve, config, backup, verify, export_events };

  Command command = Command::serve;
  std::optional<std::string> directory;  // of backup: always; of verify: where it is not data.dir
  std::optional<std::string> config_file;
  std::vector<std::pair<std::string, std::string>> flags;  // setting name and value
  ExportArguments export_arguments;                        // of export_events
};

/// What is to be printed instead of running a command: the answer to --help and --version, or what is wrong.
struct CommandLineEnd {
  int exit_code;
  std::string output;
};

base::Expected<CommandLine, CommandLineEnd> parse_command_line(std::span<const Setting> table,
                                                               const std::vector<std::string>& arguments);

}  // namespace hourglass::daemon
