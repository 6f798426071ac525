#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include <unistd.h>

#include "daemon/command_line.hpp"
#include "daemon/serve.hpp"
#include "daemon/settings.hpp"
#include "daemon/settings_resolver.hpp"

namespace {

using namespace hourglass::daemon;

int end(int exit_code, const std::string& message) {
  (exit_code == kExitDone ? std::cout : std::cerr) << message;
  return exit_code;
}

std::vector<std::pair<std::string, std::string>> environment_variables() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const std::size_t equals = variable.find('=');
    if (equals != std::string::npos)
      variables.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return variables;
}

int run(const CommandLine& command_line) {
  SettingsInput input;
  input.environment = environment_variables();
  input.flags = command_line.flags;
  if (command_line.config_file) {
    std::ifstream file(*command_line.config_file);
    std::ostringstream content;
    if (!file || !(content << file.rdbuf()))
      return end(kExitUsage,
                 "hourglass: cannot read " + *command_line.config_file + ": " + std::strerror(errno) + "\n");
    input.file = {*command_line.config_file, content.str()};
  }
  const auto resolved = resolve_settings(settings_table(), input);
  if (!resolved)
    return end(kExitUsage, "hourglass: " + resolved.error() + "\n");
  if (command_line.command == CommandLine::Command::config)
    return end(kExitDone, describe_settings(*resolved));

  Settings settings;
  for (const ResolvedSetting& setting : resolved->settings)
    setting.setting->apply(settings, setting.value);
  return serve(settings, resolved->passed_over);
}

}  // namespace

int main(int argument_count, char** arguments) {
  const auto command_line = parse_command_line(settings_table(), {arguments + 1, arguments + argument_count});
  if (!command_line)
    return end(command_line.error().exit_code, command_line.error().output);
  return run(*command_line);
}
