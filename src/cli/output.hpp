#pragma once

#include <ostream>
#include <string>

#include "cli/exit_codes.hpp"

namespace hourglass::cli {

/// Where a command writes. Both streams outlive it.
struct Output {
  std::ostream& results;
  std::ostream& errors;

  /// Says in one sentence why the command ends, and gives the exit code on.
  [[nodiscard]] int fail(int exit_code, const std::string& message) const {
    errors << "hourglass: " << message << "\n";
    return exit_code;
  }

  /// Ends the command with what has been written to `results`; a failure if that could not be written.
  [[nodiscard]] int end(int exit_code) const {
    if (results << std::flush)
      return exit_code;
    return fail(kExitFailed, "cannot write to the standard output");
  }
};

}  // namespace hourglass::cli
