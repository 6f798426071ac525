#include "daemon/command_line.hpp"

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>

#include "daemon/build_facts.hpp"
#include "daemon/export_flags.hpp"
#include "daemon/nearest_name.hpp"

namespace hourglass::daemon {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  hourglass serve\n"
    "  hourglass serve --http-port 9000 --data-dir /var/lib/hourglass\n"
    "  hourglass config --config /etc/hourglass.toml\n"
    "  hourglass backup /backups/hourglass --data-dir /var/lib/hourglass\n"
    "  hourglass verify /backups/hourglass\n"
    "  hourglass export --output events.ndjson\n"
    "\n"
    "`hourglass serve --help` lists the settings.";

constexpr const char* kServeExamples =
    "Examples:\n"
    "  hourglass serve\n"
    "  hourglass serve --http-port 9000 --data-dir /var/lib/hourglass\n"
    "  HOURGLASS_HTTP_PORT=9000 hourglass serve --config /etc/hourglass.toml --log-format json";

constexpr const char* kConfigExamples =
    "Examples:\n"
    "  hourglass config\n"
    "  hourglass config --config /etc/hourglass.toml --http-port 9000";

constexpr const char* kBackupExamples =
    "Makes DIR a copy of the store in data.dir, whether a server runs on it or not. What DIR holds already "
    "of an\n"
    "earlier backup is not copied again. To restore, start a server with a copy of DIR as its data.dir.\n"
    "\n"
    "Examples:\n"
    "  hourglass backup /backups/hourglass\n"
    "  hourglass backup /backups/hourglass --data-dir /var/lib/hourglass";

constexpr const char* kVerifyExamples =
    "Reads the store in DIR, or in data.dir, and changes nothing. No server may run on it: verify a backup\n"
    "instead. Prints one line for each problem; the last line sums up.\n"
    "\n"
    "Examples:\n"
    "  hourglass verify\n"
    "  hourglass verify /backups/hourglass";

constexpr const char* kExportExamples =
    "Writes the events of the store in data.dir, whether a server runs on it or not, or of a server on this\n"
    "machine: one line each, by hour and then in the order of acceptance, as POST /analytics/batch takes "
    "them.\n"
    "Sent to any server, and again, each counts there once. Exit code 1 names hours of which the totals are\n"
    "kept, but not all events.\n"
    "\n"
    "Examples:\n"
    "  hourglass export --output events.ndjson --data-dir /var/lib/hourglass\n"
    "  hourglass export --from 1700000000000 --to 1700086400000 | gzip > day.ndjson.gz";

std::string version_text() {
  const BuildFacts build = build_facts();
  return "hourglass " + build.version + "\ncommit: " + build.commit + "\nbuild: " + build.build_type +
         "\ncompiler: " + build.compiler + "\nlibraries: " + build.libraries + "\n";
}

/// A subcommand with a flag for every setting.
struct SettingsCommand {
  CommandLine::Command command;
  CLI::App* app;
  CLI::Option* directory_option = nullptr;
  std::string directory;
  std::string config_file;
  std::vector<std::string> values;
  ExportArguments export_arguments;

  SettingsCommand(CLI::App& parent, std::span<const Setting> table, CommandLine::Command what,
                  const char* name, const char* description, const char* examples)
      : command(what), app(parent.add_subcommand(name, description)), values(table.size()) {
    app->footer(examples);
    app->allow_extras();
    app->add_option("--config", config_file, "TOML file with settings")->type_name("FILE");
    for (std::size_t i = 0; i < table.size(); ++i) {
      const std::string help =
          std::string(table[i].help) + " Default: " + std::string(table[i].default_text) + ".";
      app->add_option(flag_name(table[i].name), values[i], help)->type_name(value_name(table[i]));
    }
  }
  SettingsCommand(const SettingsCommand&) = delete;  // the parser writes into it
  SettingsCommand& operator=(const SettingsCommand&) = delete;

  /// The command also takes a directory, without a flag.
  void take_directory(const char* description) {
    directory_option = app->add_option("DIR", directory, description)->type_name("");
  }

  /// What the command line said, when it has been parsed.
  [[nodiscard]] CommandLine result(std::span<const Setting> table) const {
    CommandLine line;
    line.command = command;
    line.export_arguments = export_arguments;
    if (directory_option != nullptr && directory_option->count() > 0)
      line.directory = directory;
    if (app->count("--config") > 0)
      line.config_file = config_file;
    for (std::size_t i = 0; i < table.size(); ++i) {
      if (app->count(flag_name(table[i].name)) > 0)
        line.flags.emplace_back(table[i].name, values[i]);
    }
    return line;
  }
};

std::vector<std::string> flags_with_values(std::span<const Setting> table) {
  std::vector<std::string> flags = ExportArguments::flags();
  flags.emplace_back("--config");
  for (const Setting& setting : table)
    flags.push_back(flag_name(setting.name));
  return flags;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// CLI11 reads `--flag=` as a flag whose value comes next; here its value is empty.
std::vector<std::string> with_empty_values(const std::vector<std::string>& arguments,
                                           const std::vector<std::string>& flags) {
  std::vector<std::string> result;
  bool is_value = false;
  for (const std::string& argument : arguments) {
    const bool is_emptied =
        !is_value && argument.ends_with('=') && contains(flags, argument.substr(0, argument.size() - 1));
    if (is_emptied) {
      result.push_back(argument.substr(0, argument.size() - 1));
      result.emplace_back();
    } else {
      result.push_back(argument);
    }
    is_value = !is_value && contains(flags, argument);
  }
  return result;
}

CommandLineEnd usage(const std::string& message) {
  return {
      kExitUsage,
      "hourglass: " + message +
          "\nUsage: hourglass serve|config|backup DIR|verify [DIR]|export [FLAGS]\nTry: hourglass --help\n"};
}

CommandLineEnd unknown_argument(std::vector<std::string> flags, const std::string& argument,
                                bool has_command) {
  const std::string name = argument.substr(0, argument.find('='));
  if (!name.starts_with("-")) {
    if (has_command)
      return usage("unexpected argument " + argument);
    return usage("unknown command " + argument + "; did you mean " +
                 nearest_name(argument, {"serve", "config", "backup", "verify", "export"}) + "?");
  }
  if (contains(ExportArguments::flags(), name))
    return usage("the flag " + name + " belongs behind export");
  if (contains(flags, name))
    return usage("the flag " + name + " belongs behind a command");
  flags.emplace_back("--help");
  if (!has_command)
    flags.emplace_back("--version");
  return usage("unknown flag " + name + "; did you mean " + nearest_name(name, flags) + "?");
}

}  // namespace

base::Expected<CommandLine, CommandLineEnd> parse_command_line(std::span<const Setting> table,
                                                               const std::vector<std::string>& arguments) {
  CLI::App app("Counts unique users, clicks and impressions for every hour, durably and exactly.",
               "hourglass");
  app.require_subcommand(0, 1);
  app.allow_extras();
  app.set_version_flag("--version", version_text());
  app.footer(kExamples);
  using Command = CommandLine::Command;
  std::array commands{
      SettingsCommand(app, table, Command::serve, "serve", "Run the server", kServeExamples),
      SettingsCommand(app, table, Command::config, "config",
                      "Show every setting with its value and where it came from", kConfigExamples),
      SettingsCommand(app, table, Command::backup, "backup",
                      "Copy the store to a directory, while a server runs or not", kBackupExamples),
      SettingsCommand(app, table, Command::verify, "verify",
                      "Check every byte of a store on which no server runs", kVerifyExamples),
      SettingsCommand(app, table, Command::export_events, "export", "Write the events of a store as lines",
                      kExportExamples)};
  commands[2].take_directory("Where the copy goes");
  commands[3].take_directory("The store; data.dir if none is given");
  add_export_flags(*commands[4].app, commands[4].export_arguments);

  const std::vector<std::string> flags = flags_with_values(table);
  std::vector<std::string> reversed = with_empty_values(arguments, flags);
  std::reverse(reversed.begin(), reversed.end());  // CLI11 takes arguments off the back
  try {
    app.parse(reversed);
  } catch (const CLI::CallForVersion&) {
    return base::unexpected(CommandLineEnd{kExitDone, version_text()});
  } catch (const CLI::CallForHelp&) {
    return base::unexpected(CommandLineEnd{kExitDone, app.help()});
  } catch (const CLI::ArgumentMismatch& mismatch) {  // "--http-port: …"
    const std::string what = mismatch.what();
    return base::unexpected(usage(what.substr(0, what.find(':')) + " takes one value and may stand once"));
  } catch (const CLI::ParseError& error) {
    return base::unexpected(usage(error.what()));
  }

  const auto chosen = std::find_if(commands.begin(), commands.end(),
                                   [](const SettingsCommand& command) { return bool{*command.app}; });
  const bool has_command = chosen != commands.end();
  if (const auto extras = app.remaining(true); !extras.empty())
    return base::unexpected(unknown_argument(flags, extras.front(), has_command));
  if (!has_command)
    return base::unexpected(CommandLineEnd{kExitUsage, "hourglass: a command is missing\n\n" + app.help()});
  CommandLine result = chosen->result(table);
  if (result.command == CommandLine::Command::backup && !result.directory)
    return base::unexpected(usage("the directory of the backup is missing"));
  return result;
}

}  // namespace hourglass::daemon
