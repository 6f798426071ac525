#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/export_command.hpp"

namespace hourglass::daemon {

/// The flags of `hourglass export` that are no settings, as they stand on the command line.
struct ExportArguments {
  std::optional<std::string> from;
  std::optional<std::string> to;
  std::optional<std::string> output;
  std::optional<std::string> server;

  /// Their names, all of which take a value.
  static std::vector<std::string> flags();

  /// What they say, for the store in `data` where they name no server; or what is wrong with them.
  [[nodiscard]] base::Expected<cli::ExportOptions, std::string> options(
      const std::filesystem::path& data) const;
};

}  // namespace hourglass::daemon
