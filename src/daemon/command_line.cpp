#include "daemon/command_line.hpp"

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>

#include "base/nearest_name.hpp"
#include "daemon/build_facts.hpp"
#include "daemon/client_commands.hpp"

namespace hourglass::daemon {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  hourglass serve\n"
    "  hourglass serve --http-port 9000 --data-dir /var/lib/hourglass\n"
    "  hourglass config --config /etc/hourglass.toml\n"
    "  hourglass check --config /etc/hourglass.toml\n"
    "  hourglass backup /backups/hourglass --data-dir /var/lib/hourglass\n"
    "  hourglass verify /backups/hourglass\n"
    "  hourglass send --format combined access.log\n"
    "  hourglass totals --from 2023-11-01 --to 2023-12-01\n"
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

constexpr const char* kCheckExamples =
    "Looks whether Kafka, Redis and InfluxDB answer and are as a replica with these settings needs them; "
    "makes\n"
    "what is missing where the settings say so. Prints one line for each. Exit code 1: one does not answer;\n"
    "2: one is not what the settings say.\n"
    "\n"
    "Examples:\n"
    "  hourglass check --config /etc/hourglass.toml";

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

/// Every command with its flags, as CLI11 parses and describes them.
struct Parser {
  CLI::App app{"Counts unique users, clicks and impressions for every hour, durably and exactly.",
               "hourglass"};
  std::array<SettingsCommand, 6> commands;
  SendCommand send;
  TotalsCommand totals;

  using Command = CommandLine::Command;

  explicit Parser(std::span<const Setting> table)
      : commands{SettingsCommand(app, table, Command::serve, "serve", "Run the server", kServeExamples),
                 SettingsCommand(app, table, Command::config, "config",
                                 "Show every setting with its value and where it came from", kConfigExamples),
                 SettingsCommand(app, table, Command::backup, "backup",
                                 "Copy the store to a directory, while a server runs or not",
                                 kBackupExamples),
                 SettingsCommand(app, table, Command::verify, "verify",
                                 "Check every byte of a store on which no server runs", kVerifyExamples),
                 SettingsCommand(app, table, Command::export_events, "export",
                                 "Write the events of a store as lines", kExportExamples),
                 SettingsCommand(app, table, Command::check, "check",
                                 "Look whether the servers of a cluster are as they should be",
                                 kCheckExamples)},
        send(app),
        totals(app) {
    app.require_subcommand(0, 1);
    app.allow_extras();
    app.set_version_flag("--version", version_text());
    app.footer(kExamples);
    commands[2].take_directory("Where the copy goes");
    commands[3].take_directory("The store; data.dir if none is given");
    commands[4].export_arguments.add_to(*commands[4].app);
  }
};

/// The flags of a command, or of all commands; those that take a value, or others as well.
std::vector<std::string> flags_of(const CLI::App& app, bool only_with_values) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    const bool is_flag = !option->get_lnames().empty() && option->get_lnames().front() != "help";
    if (is_flag && (!only_with_values || option->get_items_expected_max() > 0))
      flags.push_back("--" + option->get_lnames().front());
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::vector<std::string> of_command = flags_of(*command, only_with_values);
    flags.insert(flags.end(), of_command.begin(), of_command.end());
  }
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
  return {kExitUsage, "hourglass: " + message +
                          "\nUsage: hourglass serve|send FILE...|totals [WHEN...]|export|backup DIR|verify "
                          "[DIR]|config|check "
                          "[FLAGS]\nTry: hourglass --help\n"};
}

CommandLineEnd unknown_command(const CLI::App& app, const std::string& argument) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return usage("unknown command " + argument + "; did you mean " + base::nearest_name(argument, names) + "?");
}

/// The command that a flag belongs to, "a command" if to several; empty if to none.
std::string owner_of(const CLI::App& app, const std::string& flag) {
  std::string owner;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (contains(flags_of(*command, false), flag))
      owner = owner.empty() ? command->get_name() : "a command";
  }
  return owner;
}

/// What is wrong with an argument that nothing took. `chosen`: the command; nothing if none was named.
CommandLineEnd unknown_argument(const CLI::App& app, const CLI::App* chosen, const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  if (!name.starts_with("-"))
    return chosen != nullptr ? usage("unexpected argument " + argument) : unknown_command(app, argument);
  if (const std::string owner = owner_of(app, name); !owner.empty())
    return usage("the flag " + name + " belongs behind " + owner);
  std::vector<std::string> flags = flags_of(chosen != nullptr ? *chosen : app, false);
  flags.emplace_back("--help");
  return usage("unknown flag " + name + "; did you mean " + base::nearest_name(name, flags) + "?");
}

/// What the chosen command was told.
base::Expected<CommandLine, std::string> result_of(const Parser& parser, std::span<const Setting> table) {
  CommandLine line;
  if (parser.send.app()) {
    line.command = CommandLine::Command::send;
    auto options = parser.send.result();
    if (!options)
      return base::unexpected(options.error());
    line.send = *std::move(options);
    return line;
  }
  if (parser.totals.app()) {
    line.command = CommandLine::Command::totals;
    auto options = parser.totals.result();
    if (!options)
      return base::unexpected(options.error());
    line.totals = *std::move(options);
    return line;
  }
  const auto chosen = std::find_if(parser.commands.begin(), parser.commands.end(),
                                   [](const SettingsCommand& command) { return bool{*command.app}; });
  line = chosen->result(table);
  if (line.command == CommandLine::Command::backup && !line.directory)
    return base::unexpected(std::string("the directory of the backup is missing"));
  return line;
}

}  // namespace

base::Expected<CommandLine, CommandLineEnd> parse_command_line(std::span<const Setting> table,
                                                               const std::vector<std::string>& arguments) {
  Parser parser(table);
  CLI::App& app = parser.app;
  std::vector<std::string> reversed = with_empty_values(arguments, flags_of(app, true));
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

  const std::vector<CLI::App*> chosen = app.get_subcommands();
  std::vector<std::string> extras = app.remaining(true);
  extras.erase(std::remove(extras.begin(), extras.end(), "--"), extras.end());
  if (!extras.empty())
    return base::unexpected(unknown_argument(app, chosen.empty() ? nullptr : chosen.front(), extras.front()));
  if (chosen.empty())
    return base::unexpected(CommandLineEnd{kExitUsage, "hourglass: a command is missing\n\n" + app.help()});
  auto result = result_of(parser, table);
  if (!result)
    return base::unexpected(usage(result.error()));
  return *std::move(result);
}

void describe_command_line(std::span<const Setting> table,
                           const std::function<void(const CLI::App&)>& describe) {
  const Parser parser(table);
  describe(parser.app);
}

}  // namespace hourglass::daemon
