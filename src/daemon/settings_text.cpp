#include "daemon/settings_text.hpp"

#include <algorithm>

namespace hourglass::daemon {
namespace {

constexpr std::string_view kIntroduction =
    R"(# Settings

Generated from the table in `src/daemon/settings.cpp`: `build/release/settings_page` prints this page.

Every setting has one dotted name, and four places where its value may stand, of which the first wins:

| | `http.port` there |
|---|---|
| flag | `--http-port 8081` or `--http-port=8081` |
| environment | `HOURGLASS_HTTP_PORT=8081` |
| TOML file, named by `--config FILE` | `port = 8081` under `[http]` |
| default | as listed below |

```toml
# hourglass.toml
[http]
address = "0.0.0.0"
max_connections = 20_000
header_timeout = "5s"
max_body_size = "32MiB"

[data]
dir = "/var/lib/hourglass"
```

A duration is a whole number with `ms`, `s`, `m`, `h` or `d`, a size one with `KiB`, `MiB`, `GiB` or, in bytes,
nothing behind it. In the file, numbers are integers, sizes integers or strings, `true` and `false` booleans or
strings, and all else is a string.

A name that is not listed here, in the file, among the flags, or in the environment when it begins with
`HOURGLASS_`, is an error, and so is a value that is not allowed: the program says where it stands and ends with exit
code 2. Only `HOURGLASS_PORT`, `HOURGLASS_PORT_*` and `HOURGLASS_SERVICE_*`, which Kubernetes sets for a service
called hourglass, are passed over, with one line in the log.

`hourglass config` takes the same flags as `hourglass serve` and shows every value and where it came from.
)";

/// The number of characters of a UTF-8 text: of all bytes but those that continue one.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - width_of(text), ' ');
}

/// The value on one line.
std::string shown_value(const ResolvedSetting& resolved) {
  if (resolved.setting->secret)
    return resolved.text.empty() ? "" : "********";
  std::string shown = resolved.text;
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; },
      '?');
  return shown;
}

}  // namespace

std::string describe_settings(const ResolvedSettings& resolved) {
  struct Row {
    std::string name;
    std::string value;
    std::string source;
  };
  std::vector<Row> rows{{"SETTING", "VALUE", "FROM"}};
  for (const ResolvedSetting& setting : resolved.settings)
    rows.push_back({std::string(setting.setting->name), shown_value(setting), setting.source});
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const Row& row : rows) {
    name_width = std::max(name_width, width_of(row.name));
    value_width = std::max(value_width, width_of(row.value));
  }
  std::string table;
  for (const Row& row : rows)
    table += padded(row.name, name_width) + "  " + padded(row.value, value_width) + "  " + row.source + "\n";
  return table;
}

std::string settings_page(std::span<const Setting> table) {
  std::string page(kIntroduction);
  for (const Setting& setting : table) {
    page += "\n## " + std::string(setting.name) + "\n\n" + std::string(setting.help) + "\n\n";
    page += "- default: `" + std::string(setting.default_text) + "`\n";
    page += "- allowed: " + describe_allowed(setting) + "\n";
    page +=
        "- environment: `" + environment_name(setting.name) + "`, flag: `" + flag_name(setting.name) + "`\n";
    if (setting.secret)
      page += "- a secret: `hourglass config` masks it\n";
  }
  return page;
}

}  // namespace hourglass::daemon
