#pragma once

#include <span>

#include "daemon/cluster_settings.hpp"
#include "daemon/logging.hpp"
#include "daemon/setting.hpp"
#include "daemon/settings_resolver.hpp"
#include "engine/engine.hpp"
#include "http/server.hpp"

namespace hourglass::daemon {

/// What the program runs with, in the types of its parts.
struct Settings {
  http::ServerSettings http;
  engine::EngineSettings engine;
  ClusterSettings cluster;
  LogSettings log;
};

/// The one table that declares every setting. The file, the environment, the flags, `--help`, `hourglass
/// config` and docs/operating/settings.md follow from it.
std::span<const Setting> settings_table();

/// Hands every value on to the part that it is for.
Settings typed_settings(const ResolvedSettings& resolved);

}  // namespace hourglass::daemon
