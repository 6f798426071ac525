#include "daemon/settings_resolver.hpp"

#include <algorithm>

#include <toml++/toml.h>

namespace hourglass::daemon {
namespace {

using Failure = base::Expected<void, std::string>;

constexpr std::string_view kEnvironmentPrefix = "HOURGLASS_";

/// Kubernetes sets these in every container of a namespace with a service called hourglass.
bool is_set_by_kubernetes(std::string_view variable) {
  return variable == "HOURGLASS_PORT" || variable.starts_with("HOURGLASS_PORT_") ||
         variable.starts_with("HOURGLASS_SERVICE_");
}

/// Fills in values, source by source, the weakest first.
class Resolver {
 public:
  explicit Resolver(std::span<const Setting> table) : table_(table) {}

  Failure add_defaults() {
    for (const Setting& setting : table_) {
      auto value = parse_setting(setting, setting.default_text);
      if (!value)
        return base::unexpected("default of " + std::string(setting.name) + ": " + value.error());
      resolved_.settings.push_back({&setting, *value, std::string(setting.default_text), "default"});
    }
    return {};
  }

  Failure add_file(const SettingsInput::File& file) {
    try {
      return add_table(toml::parse(file.content, file.path), "", file.path);
    } catch (const toml::parse_error& error) {
      return base::unexpected("file " + file.path + ", line " + std::to_string(error.source().begin.line) +
                              ": " + std::string(error.description()));
    }
  }

  Failure add_environment(const std::vector<std::pair<std::string, std::string>>& environment) {
    for (const auto& [variable, text] : environment) {
      if (!variable.starts_with(kEnvironmentPrefix))
        continue;
      if (is_set_by_kubernetes(variable)) {
        resolved_.passed_over.push_back(variable);
        continue;
      }
      const auto found = find([&](const Setting& s) { return environment_name(s.name) == variable; });
      if (found == resolved_.settings.end())
        return unknown("environment variable", variable, environment_name);
      if (auto set = assign(*found, text, "environment " + variable); !set)
        return set;
    }
    return {};
  }

  Failure add_flags(const std::vector<std::pair<std::string, std::string>>& flags) {
    for (const auto& [name, text] : flags) {
      const auto found = find([&](const Setting& s) { return s.name == name; });
      if (found == resolved_.settings.end())
        return base::unexpected("unknown setting " + name);
      if (auto set = assign(*found, text, "flag " + flag_name(name)); !set)
        return set;
    }
    return {};
  }

  ResolvedSettings take() { return std::move(resolved_); }

 private:
  template <typename Condition>
  std::vector<ResolvedSetting>::iterator find(Condition condition) {
    return std::find_if(resolved_.settings.begin(), resolved_.settings.end(),
                        [&](const ResolvedSetting& r) { return condition(*r.setting); });
  }

  Failure assign(ResolvedSetting& target, const std::string& text, const std::string& source) {
    auto value = parse_setting(*target.setting, text);
    if (!value)
      return base::unexpected(std::string(target.setting->name) + " (" + source + ") " + value.error());
    target.value = std::move(*value);
    target.text = text;
    target.source = source;
    return {};
  }

  Failure unknown(const std::string& what, const std::string& name,
                  std::string (*spelling)(std::string_view)) const {
    std::vector<std::string> known;
    for (const Setting& setting : table_)
      known.push_back(spelling(setting.name));
    return base::unexpected("unknown " + what + " " + name + "; did you mean " + nearest_name(name, known) +
                            "?");
  }

  Failure add_table(const toml::table& table, const std::string& prefix, const std::string& path) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      if (const toml::table* inner = node.as_table()) {
        if (auto added = add_table(*inner, name + ".", path); !added)
          return added;
      } else if (auto added = add_key(name, node, path); !added) {
        return added;
      }
    }
    return {};
  }

  Failure add_key(const std::string& name, const toml::node& node, const std::string& path) {
    const std::string source = "file " + path + ", line " + std::to_string(node.source().begin.line);
    const auto found = find([&](const Setting& s) { return s.name == name; });
    if (found == resolved_.settings.end())
      return unknown("setting in " + source + ":", name, [](std::string_view s) { return std::string(s); });
    if (const auto text = node.value_exact<std::string>())
      return assign(*found, *text, source);
    if (const auto number = node.value_exact<std::int64_t>())
      return assign(*found, std::to_string(*number), source);
    return base::unexpected(name + " (" + source + ") must be " + describe_allowed(*found->setting));
  }

  std::span<const Setting> table_;
  ResolvedSettings resolved_;
};

/// How many letters have to be added, removed or replaced to make one text the other (Levenshtein).
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string shown_value(const ResolvedSetting& resolved) {
  return resolved.setting->secret && !resolved.text.empty() ? "********" : resolved.text;
}

}  // namespace

base::Expected<ResolvedSettings, std::string> resolve_settings(std::span<const Setting> table,
                                                               const SettingsInput& input) {
  Resolver resolver(table);
  if (auto added = resolver.add_defaults(); !added)
    return base::unexpected(added.error());
  if (input.file) {
    if (auto added = resolver.add_file(*input.file); !added)
      return base::unexpected(added.error());
  }
  if (auto added = resolver.add_environment(input.environment); !added)
    return base::unexpected(added.error());
  if (auto added = resolver.add_flags(input.flags); !added)
    return base::unexpected(added.error());
  return resolver.take();
}

std::string describe_settings(const ResolvedSettings& resolved) {
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const ResolvedSetting& row : resolved.settings) {
    name_width = std::max(name_width, row.setting->name.size());
    value_width = std::max(value_width, shown_value(row).size());
  }
  std::string table;
  for (const ResolvedSetting& row : resolved.settings)
    table += padded(std::string(row.setting->name), name_width) + "  " +
             padded(shown_value(row), value_width) + "  " + row.source + "\n";
  return table;
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  const auto nearest =
      std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
        return edit_distance(name, a) < edit_distance(name, b);
      });
  return nearest == known.end() ? std::string() : *nearest;
}

std::string settings_page(std::span<const Setting> table) {
  std::string page =
      "# Settings\n\n"
      "Generated from the table in `src/daemon/settings.cpp`; `build/release/settings_page` prints it.\n\n"
      "Every setting has one dotted name. `http.port` is `port` under `[http]` in the TOML file that "
      "`--config FILE`\n"
      "names, `HOURGLASS_HTTP_PORT` in the environment and `--http-port` as a flag. Flags win over the "
      "environment,\n"
      "the environment wins over the file, the file over the default. An unknown name anywhere is an error;\n"
      "`HOURGLASS_PORT`, `HOURGLASS_PORT_*` and `HOURGLASS_SERVICE_*`, which Kubernetes sets for a service "
      "called\n"
      "hourglass, are passed over. `hourglass config` shows every value and where it came from.\n";
  for (const Setting& setting : table) {
    page += "\n## " + std::string(setting.name) + "\n\n" + std::string(setting.help) + "\n\n";
    page += "- default: `" + std::string(setting.default_text) + "`\n";
    page += "- allowed: " + describe_allowed(setting) + "\n";
    page +=
        "- environment: `" + environment_name(setting.name) + "`, flag: `" + flag_name(setting.name) + "`\n";
  }
  return page;
}

}  // namespace hourglass::daemon
