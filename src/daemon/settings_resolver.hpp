#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/setting.hpp"
#include "daemon/settings_file.hpp"

namespace hourglass::daemon {

/// Where the values of settings come from. Given as they are, so that resolving them is a pure function.
struct SettingsInput {
  std::optional<SettingsFile> file;
  std::vector<std::pair<std::string, std::string>> environment;  // all variables of the process
  std::vector<std::pair<std::string, std::string>> flags;        // setting name and value
};

/// The source of what nobody has said anything about.
inline constexpr std::string_view kDefaultSource = "default";

struct ResolvedSetting {
  const Setting* setting;
  SettingValue value;
  std::string text;    // as it was given
  std::string source;  // "default", "file hourglass.toml, line 3", "environment HOURGLASS_HTTP_PORT", "flag
                       // --http-port"
};

struct ResolvedSettings {
  std::vector<ResolvedSetting> settings;  // one for each row of the table, in its order
  std::vector<std::string> passed_over;   // variables that Kubernetes sets for a service of our name
};

/// Flags win over the environment, that over the file, that over the default. The failure names the setting,
/// where its value stands, and what is allowed; or an unknown name and the nearest known one. It never holds
/// a value, which may be a secret.
base::Expected<ResolvedSettings, std::string> resolve_settings(std::span<const Setting> table,
                                                               const SettingsInput& input);

}  // namespace hourglass::daemon
