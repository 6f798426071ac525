#include "daemon/export_arguments.hpp"

#include "core/event.hpp"
#include "daemon/export_flags.hpp"

namespace hourglass::daemon {
namespace {

constexpr const char* kFrom = "--from";
constexpr const char* kTo = "--to";
constexpr const char* kOutput = "--output";
constexpr const char* kServer = "--server";

/// Reads a time into `timestamp`, if there is one; what is wrong with it, or nothing.
std::string read_time(const char* flag, const std::optional<std::string>& text,
                      std::optional<core::Timestamp>& timestamp) {
  if (!text)
    return {};
  const auto parsed = core::parse_timestamp(*text);
  if (!parsed)
    return std::string(flag) + " is no time: " + parsed.error().message;
  timestamp = *parsed;
  return {};
}

}  // namespace

std::vector<std::string> ExportArguments::flags() {
  return {kFrom, kTo, kOutput, kServer};
}

void add_export_flags(CLI::App& command, ExportArguments& arguments) {
  command
      .add_option(kFrom, arguments.from, "The first hour is the one of this time, in milliseconds since 1970")
      ->type_name("TIME");
  command.add_option(kTo, arguments.to, "The last hour is the one of the time before this")
      ->type_name("TIME");
  command
      .add_option(kOutput, arguments.output, "Write to this file, mode 0600, instead of the standard output")
      ->type_name("FILE");
  command
      .add_option(kServer, arguments.server,
                  "Ask this server, like http://127.0.0.1:8080, instead of reading data.dir")
      ->type_name("URL");
}

base::Expected<cli::ExportOptions, std::string> ExportArguments::options(
    const std::filesystem::path& data) const {
  cli::ExportOptions options;
  options.data = data;
  options.server = server;
  for (const std::string& fault : {read_time(kFrom, from, options.from), read_time(kTo, to, options.to)}) {
    if (!fault.empty())
      return base::unexpected(fault);
  }
  if (output)
    options.output = *output;
  return options;
}

}  // namespace hourglass::daemon
