#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cli/output.hpp"
#include "cli/server/server_client.hpp"
#include "core/hour.hpp"

namespace hourglass::cli {

struct ExportOptions {
  std::filesystem::path data;                   // where there is no server
  std::optional<std::string> server;            // its URL
  std::optional<core::Timestamp> from;          // whole hours that the time from here
  std::optional<core::Timestamp> to;            // up to here, but not including it, touches
  std::optional<std::filesystem::path> output;  // nothing: the standard output
};

/// Asks the server for a path with a query, as ServerClient::stream() does.
using EventsRequest = std::function<base::Expected<ServerAnswer, std::string>(
    const std::string& path, const ServerClient::BodySink& sink)>;

/// `hourglass export`: writes events as lines, from the store in `options.data`, on which a server may run,
/// or, where there is a server, by `request`. Returns the exit code: kExitFailed, with the hours named, also
/// where events are no longer all there.
int export_events(const ExportOptions& options, const EventsRequest& request, const Output& output);

}  // namespace hourglass::cli
