#pragma once

#include <span>
#include <string>

#include "daemon/settings_resolver.hpp"

namespace hourglass::daemon {

/// What `hourglass config` prints: a row a setting with its name, its value (secrets masked) and where that
/// came from.
std::string describe_settings(const ResolvedSettings& resolved);

/// The page docs/operating/settings.md.
std::string settings_page(std::span<const Setting> table);

}  // namespace hourglass::daemon
