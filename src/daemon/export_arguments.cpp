#include "daemon/export_arguments.hpp"

#include <CLI/CLI.hpp>

#include "cli/when.hpp"

namespace hourglass::daemon {
namespace {

constexpr const char* kFrom = "--from";
constexpr const char* kTo = "--to";
constexpr const char* kOutput = "--output";
constexpr const char* kServer = "--server";

/// Reads a time into `timestamp`, if there is one; what is wrong with it, or nothing.
std::string read_time(const std::optional<std::string>& text, core::Timestamp now,
                      std::optional<core::Timestamp>& timestamp) {
  if (!text)
    return {};
  const auto parsed = cli::parse_when(*text, now);
  if (!parsed)
    return parsed.error();
  timestamp = *parsed;
  return {};
}

}  // namespace

void ExportArguments::add_to(CLI::App& command) {
  command
      .add_option(kFrom, from,
                  "The first hour is the one of this time: milliseconds since 1970, ISO 8601, or now")
      ->type_name("WHEN");
  command.add_option(kTo, to, "The last hour is the one of the moment before this")->type_name("WHEN");
  command.add_option(kOutput, output, "Write to this file, mode 0600, instead of the standard output")
      ->type_name("FILE");
  command
      .add_option(kServer, server, "Ask this server, like http://127.0.0.1:8080, instead of reading data.dir")
      ->type_name("URL");
}

base::Expected<cli::ExportOptions, std::string> ExportArguments::options(const std::filesystem::path& data,
                                                                         core::Timestamp now) const {
  cli::ExportOptions options;
  options.data = data;
  options.server = server;
  for (const std::string& fault : {read_time(from, now, options.from), read_time(to, now, options.to)}) {
    if (!fault.empty())
      return base::unexpected(fault);
  }
  if (output)
    options.output = *output;
  return options;
}

}  // namespace hourglass::daemon
