#pragma once

#include <string>
#include <vector>

#include "daemon/settings.hpp"

namespace hourglass::daemon {

/// Builds the program from its parts, runs it until a signal or a failure ends it, and takes it apart in
/// reverse. `passed_over`: environment variables that were ignored. Returns the exit code.
int serve(const Settings& settings, const std::vector<std::string>& passed_over);

}  // namespace hourglass::daemon
