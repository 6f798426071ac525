#pragma once

#include "cli/output.hpp"
#include "daemon/settings.hpp"

namespace hourglass::daemon {

/// `hourglass check`: looks at the servers of a cluster as a replica does before it joins, and says of each
/// whether it can be used. The exit code is that of the worst.
int check_cluster(const Settings& settings, const cli::Output& output);

}  // namespace hourglass::daemon
