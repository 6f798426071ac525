#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/output.hpp"
#include "core/hour.hpp"

namespace hourglass::cli {

struct ExportOptions {
  std::filesystem::path data;                   // where there is no server
  std::optional<std::string> server;            // its URL
  std::optional<core::Timestamp> from;          // whole hours that the time from here
  std::optional<core::Timestamp> to;            // up to here, but not including it, touches
  std::optional<std::filesystem::path> output;  // nothing: the standard output
};

/// What a server has answered to a request for events.
struct EventsAnswer {
  int status = 0;
  std::string problem;                          // of an answer that is no 200, for people
  std::optional<std::string> incomplete_hours;  // the trailer Hourglass-Incomplete-Hours
};

/// Asks a server, by its URL and a path with a query, and hands the body of a 200 on as it arrives, until
/// `sink` returns false. Fails, with a sentence for people, where the answer has not come to its end.
using EventsRequest = std::function<base::Expected<EventsAnswer, std::string>(
    const std::string& server, const std::string& path, const std::function<bool(std::string_view)>& sink)>;

/// The real one.
base::Expected<EventsAnswer, std::string> ask_server_for_events(
    const std::string& server, const std::string& path, const std::function<bool(std::string_view)>& sink);

/// `hourglass export`: writes events as lines, from the store in `options.data`, on which a server may run,
/// or from a server by `request`. Returns the exit code: kExitFailed, with the hours named, also where events
/// are no longer all there.
int export_events(const ExportOptions& options, const EventsRequest& request, const Output& output);

}  // namespace hourglass::cli
