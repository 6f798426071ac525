#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/exit_codes.hpp"
#include "cli/send_command.hpp"
#include "cli/totals_command.hpp"
#include "daemon/export_arguments.hpp"
#include "daemon/setting.hpp"

namespace CLI {
class App;
}

namespace hourglass::daemon {

using cli::kExitDone;
using cli::kExitFailed;
using cli::kExitUsage;

/// What the command line asks for.
struct CommandLine {
  enum class Command { serve, config, check, backup, verify, export_events, send, totals };

  Command command = Command::serve;
  std::optional<std::string> directory;  // of backup: always; of verify: where it is not data.dir
  std::optional<std::string> config_file;
  std::vector<std::pair<std::string, std::string>> flags;  // setting name and value
  ExportArguments export_arguments;                        // of export_events
  cli::SendOptions send;                                   // of send
  cli::TotalsOptions totals;                               // of totals
};

/// What is to be printed instead of running a command: the answer to --help and --version, or what is wrong.
struct CommandLineEnd {
  int exit_code;
  std::string output;
};

base::Expected<CommandLine, CommandLineEnd> parse_command_line(std::span<const Setting> table,
                                                               const std::vector<std::string>& arguments);

/// Hands the commands and their flags, as CLI11 has them, to what makes a page of them.
void describe_command_line(std::span<const Setting> table,
                           const std::function<void(const CLI::App&)>& describe);

}  // namespace hourglass::daemon
