#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/access_log/mapping.hpp"
#include "cli/output.hpp"
#include "cli/server/server_client.hpp"

namespace hourglass::cli {

struct SendOptions {
  std::vector<std::string> inputs;  // paths; `-` is the standard input
  std::string server{kDefaultServer};
  std::string source;                                 // a part of the ids
  std::optional<std::filesystem::path> mapping_file;  // whose values those of `mapping` replace
  MappingOptions mapping;                             // with no format: NDJSON
  std::optional<std::filesystem::path> rejects;       // where refused lines go
  bool follow = false;                                // the one input, as it grows
  std::optional<std::filesystem::path> position;      // where following keeps its place
  std::size_t connections = 4;
  std::optional<std::chrono::milliseconds> retry_for;  // nothing: without end
};

/// `hourglass send FILE…`: sends the events of files to a server. Waits for SIGINT and SIGTERM, which end it
/// in order. Returns the exit code.
int send(const SendOptions& options, const Output& output);

}  // namespace hourglass::cli
