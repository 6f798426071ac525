#include "daemon/command_line.hpp"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "daemon/build_facts.hpp"
#include "daemon/settings_resolver.hpp"

namespace hourglass::daemon {
namespace {

constexpr const char* kServeExamples =
    "Examples:\n"
    "  hourglass serve\n"
    "  hourglass serve --http-port 9000 --data-dir /var/lib/hourglass\n"
    "  hourglass serve --config /etc/hourglass.toml --log-format json\n";

constexpr const char* kConfigExamples =
    "Examples:\n"
    "  hourglass config\n"
    "  hourglass config --config /etc/hourglass.toml\n";

std::string version_text() {
  const BuildFacts build = build_facts();
  return "hourglass " + build.version + "\ncommit: " + build.commit + "\nbuild: " + build.build_type +
         "\ncompiler: " + build.compiler + "\nlibraries: " + build.libraries + "\n";
}

/// A subcommand with a flag for every setting.
struct SettingsCommand {
  CLI::App* app;
  std::string config_file;
  std::vector<std::string> values;

  SettingsCommand(CLI::App& parent, std::span<const Setting> table, const char* name, const char* description,
                  const char* examples)
      : app(parent.add_subcommand(name, description)), values(table.size()) {
    app->footer(examples);
    app->allow_extras();
    app->add_option("--config", config_file, "TOML file with settings")->type_name("FILE");
    for (std::size_t i = 0; i < table.size(); ++i) {
      const std::string help =
          std::string(table[i].help) + " Default: " + std::string(table[i].default_text) + ".";
      app->add_option(flag_name(table[i].name), values[i], help)->type_name("VALUE");
    }
  }
};

CommandLineEnd usage(const std::string& message) {
  return {kExitUsage, "hourglass: " + message + "\nTry: hourglass --help\n"};
}

CommandLineEnd unknown_argument(std::span<const Setting> table, const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  if (!name.starts_with("-"))
    return usage("unexpected argument " + argument);
  std::vector<std::string> known = {"--config", "--help"};
  for (const Setting& setting : table)
    known.push_back(flag_name(setting.name));
  return usage("unknown flag " + name + "; did you mean " + nearest_name(name, known) + "?");
}

}  // namespace

base::Expected<CommandLine, CommandLineEnd> parse_command_line(std::span<const Setting> table,
                                                               const std::vector<std::string>& arguments) {
  CLI::App app("Counts unique users, clicks and impressions for every hour, durably and exactly.",
               "hourglass");
  app.require_subcommand(0, 1);
  app.allow_extras();
  app.set_version_flag("--version", version_text());
  SettingsCommand serve(app, table, "serve", "Run the server", kServeExamples);
  SettingsCommand config(app, table, "config", "Show every setting with its value and where it came from",
                         kConfigExamples);

  // CLI11 takes arguments off the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForVersion&) {
    return base::unexpected(CommandLineEnd{kExitDone, version_text()});
  } catch (const CLI::CallForHelp&) {
    const CLI::App* asked = *serve.app ? serve.app : *config.app ? config.app : &app;
    return base::unexpected(CommandLineEnd{kExitDone, asked->help()});
  } catch (const CLI::ParseError& error) {
    return base::unexpected(usage(error.what()));
  }

  const SettingsCommand& chosen = *config.app ? config : serve;
  if (const auto extras = app.remaining(true); !extras.empty())
    return base::unexpected(unknown_argument(table, extras.front()));
  if (!*serve.app && !*config.app)
    return base::unexpected(CommandLineEnd{kExitUsage, "hourglass: a command is missing\n\n" + app.help()});

  CommandLine result;
  result.command = *config.app ? CommandLine::Command::config : CommandLine::Command::serve;
  if (chosen.app->count("--config") > 0)
    result.config_file = chosen.config_file;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (chosen.app->count(flag_name(table[i].name)) > 0)
      result.flags.emplace_back(table[i].name, chosen.values[i]);
  }
  return result;
}

}  // namespace hourglass::daemon
