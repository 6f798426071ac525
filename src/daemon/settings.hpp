#pragma once

#include <span>

#include "daemon/logging.hpp"
#include "daemon/setting.hpp"
#include "engine/engine.hpp"
#include "http/server.hpp"

namespace hourglass::daemon {

/// What the program runs with, in the types of its parts.
struct Settings {
  http::ServerSettings http;
  engine::EngineSettings engine;
  LogSettings log;
};

/// The one table that declares every setting. The file, the environment, the flags, `--help`, `hourglass
/// config` and docs/operating/settings.md follow from it.
std::span<const Setting> settings_table();

}  // namespace hourglass::daemon
