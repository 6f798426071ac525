#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cli/input/stop_descriptor.hpp"
#include "cli/send/delivery.hpp"
#include "cli/send/line_events.hpp"
#include "cli/send/progress.hpp"
#include "cli/send/sending.hpp"
#include "cli/send_command.hpp"

namespace hourglass::cli {

/// Where following keeps its place.
std::filesystem::path position_of(const SendOptions& options);

/// Where what does not fit in memory goes.
std::filesystem::path temporary_directory();

/// What one call of `hourglass send` works with. All of it outlives the run.
struct SendRun {
  const SendOptions& options;
  std::ostream& notices;  // for people, beside the progress
  LineEvents& events;
  Delivery& delivery;
  Sending& sending;
  Progress& progress;
  StopDescriptor stop;

  // What is shown of the input that is being read.
  std::string input{};
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_total = 0;

  // Why the server takes nothing, as it was said last, and when.
  std::string told_trouble{};
  std::chrono::steady_clock::time_point told_at{};

  [[nodiscard]] bool is_stopped() const;

  /// Shows the progress if it is time to, and says it when the server begins to take nothing.
  void show();

  /// Says something that is not the end.
  void notice(const std::string& sentence) const;
};

/// Sends the lines of all inputs, one after the other, until their end or a stop. An input that cannot be
/// read to its end is told, and the others are sent. False: there was such a one. A failure is one of the
/// sending.
base::Expected<bool, std::string> send_files(SendRun& run);

/// Sends the lines of the one input as they are written, until a stop.
base::Expected<void, std::string> send_followed(SendRun& run);

}  // namespace hourglass::cli
