#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <fcntl.h>
#include <unistd.h>

#include "cli/backup_command.hpp"
#include "cli/export_command.hpp"
#include "cli/server/server_client.hpp"
#include "cli/verify_command.hpp"
#include "daemon/cluster_check.hpp"
#include "daemon/command_line.hpp"
#include "daemon/serve.hpp"
#include "daemon/settings.hpp"
#include "daemon/settings_text.hpp"
#include "daemon/system_clock.hpp"

namespace hourglass::daemon {
namespace {

int end(int exit_code, const std::string& message) {
  if (exit_code != kExitDone) {
    std::cerr << message;
    return exit_code;
  }
  if (std::cout << message << std::flush)
    return kExitDone;
  std::cerr << "hourglass: cannot write to the standard output: " << std::strerror(errno) << "\n";
  return kExitFailed;
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

base::Expected<SettingsFile, std::string> read_settings_file(const std::string& path) {
  std::error_code missing;  // is told below
  const std::filesystem::file_status status = std::filesystem::status(path, missing);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return base::unexpected("cannot read the file " + path + ": it is not a regular file");
  std::ifstream stream(path, std::ios::binary);
  SettingsFile file{path, {}};
  if (stream) {
    std::array<char, 4096> buffer{};
    while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0)
      file.content.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    if (!stream.bad())
      return file;
  }
  return base::unexpected("cannot read the file " + path + ": " + std::strerror(errno));
}

int export_events(const ExportArguments& arguments, const std::filesystem::path& data,
                  const cli::Output& output) {
  const auto options = arguments.options(data, SystemClock().now());
  if (!options)
    return output.fail(kExitUsage, options.error());
  std::optional<cli::ServerClient> client;
  if (options->server) {
    auto made = cli::ServerClient::to(*options->server);
    if (!made)
      return output.fail(kExitUsage, made.error());
    client = *std::move(made);
  }
  const cli::EventsRequest request = [&](const std::string& path, const cli::ServerClient::BodySink& sink) {
    return client->stream(path, sink);
  };
  return cli::export_events(*options, request, output);
}

int run(const CommandLine& command_line) {
  const cli::Output output{std::cout, std::cerr};
  if (command_line.command == CommandLine::Command::send)
    return cli::send(command_line.send, output);
  if (command_line.command == CommandLine::Command::totals)
    return cli::show_totals(command_line.totals, SystemClock().now(), output);
  SettingsInput input;
  input.environment = environment_variables();
  input.flags = command_line.flags;
  if (command_line.config_file) {
    auto file = read_settings_file(*command_line.config_file);
    if (!file)
      return end(kExitUsage, "hourglass: " + file.error() + "\n");
    input.file = std::move(*file);
  }
  const auto resolved = resolve_settings(settings_table(), input);
  if (!resolved)
    return end(kExitUsage, "hourglass: " + resolved.error() + "\n");
  const Settings settings = typed_settings(*resolved);
  const std::filesystem::path& data = settings.engine.data_directory;
  switch (command_line.command) {
    case CommandLine::Command::backup: return cli::back_up(data, command_line.directory.value_or(""), output);
    case CommandLine::Command::verify:
      return cli::verify(command_line.directory.value_or(data.string()), output);
    case CommandLine::Command::export_events:
      return export_events(command_line.export_arguments, data, output);
    case CommandLine::Command::config: return end(kExitDone, describe_settings(*resolved));
    case CommandLine::Command::check: return check_cluster(settings, output);
    case CommandLine::Command::serve:
    case CommandLine::Command::send:
    case CommandLine::Command::totals: break;
  }
  return serve(settings, resolved->passed_over);
}

int run_program(const std::vector<std::string>& arguments) {
  try {
    const auto command_line = parse_command_line(settings_table(), arguments);
    if (!command_line)
      return end(command_line.error().exit_code, command_line.error().output);
    return run(*command_line);
  } catch (const std::exception& failure) {  // no memory, no threads
    std::cerr << "hourglass: " << failure.what() << "\n";
    return kExitFailed;
  }
}

/// A file that is opened while one of the standard descriptors is closed would get its number, and what is
/// meant for people would be written into it.
void open_standard_descriptors() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) < 0) [[maybe_unused]]
      const int opened = ::open("/dev/null", O_RDWR);  // the lowest free number is this one
  }
}

}  // namespace
}  // namespace hourglass::daemon

int main(int argument_count, char** arguments) {
  hourglass::daemon::open_standard_descriptors();
  return hourglass::daemon::run_program({arguments + 1, arguments + argument_count});
}
