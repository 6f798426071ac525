#include "daemon/settings_resolver.hpp"

#include <algorithm>

#include "base/nearest_name.hpp"

namespace hourglass::daemon {
namespace {

using Outcome = base::Expected<void, std::string>;
using Kind = SettingsFileEntry::Kind;

constexpr std::string_view kEnvironmentPrefix = "HOURGLASS_";

/// Kubernetes sets these in every container of a namespace with a service called hourglass.
bool is_set_by_kubernetes(std::string_view variable) {
  return variable == "HOURGLASS_PORT" || variable.starts_with("HOURGLASS_PORT_") ||
         variable.starts_with("HOURGLASS_SERVICE_");
}

/// Whether the file may give the setting a value of this kind: 10 is no duration, and "10" no number.
bool fits(const Setting& setting, const SettingsFileEntry& entry) {
  if (entry.kind == Kind::text)
    return setting.type != SettingType::count || entry.text == setting.word;
  if (entry.kind == Kind::boolean)
    return setting.choices == kTrueOrFalse;
  return entry.kind == Kind::number &&
         (setting.type == SettingType::count || setting.type == SettingType::size);
}

/// Fills in values, source by source, the weakest first.
class Resolver {
 public:
  explicit Resolver(std::span<const Setting> table) : table_(table) {}

  Outcome add_defaults() {
    for (const Setting& setting : table_) {
      const bool has_none = setting.default_text.empty();
      auto value = has_none ? SettingValue::of_text("") : parse_setting(setting, setting.default_text);
      if (!value)
        return base::unexpected("default of " + std::string(setting.name) + " " + value.error());
      resolved_.settings.push_back(
          {&setting, *value, std::string(setting.default_text), std::string(kDefaultSource)});
    }
    return {};
  }

  Outcome add_file(const SettingsFile& file) {
    const auto entries = parse_settings_file(file);
    if (!entries)
      return base::unexpected(entries.error());
    for (const SettingsFileEntry& entry : *entries) {
      if (auto added = add_entry(entry, place_in_file(file.path, entry.line)); !added)
        return added;
    }
    return {};
  }

  Outcome add_environment(const std::vector<std::pair<std::string, std::string>>& environment) {
    for (const auto& entry : environment) {
      const std::string& variable = entry.first;
      if (!variable.starts_with(kEnvironmentPrefix))
        continue;
      if (is_set_by_kubernetes(variable)) {
        resolved_.passed_over.push_back(variable);
        continue;
      }
      ResolvedSetting* target = find([&](const Setting& s) { return environment_name(s.name) == variable; });
      if (target == nullptr)
        return unknown("unknown environment variable " + variable, variable, names(environment_name));
      if (auto assigned = assign(*target, entry.second, "environment " + variable); !assigned)
        return assigned;
    }
    return {};
  }

  Outcome add_flags(const std::vector<std::pair<std::string, std::string>>& flags) {
    for (const auto& entry : flags) {
      const std::string& name = entry.first;
      ResolvedSetting* target = find([&](const Setting& s) { return s.name == name; });
      if (target == nullptr)
        return unknown("unknown flag " + flag_name(name), flag_name(name), names(flag_name));
      if (auto assigned = assign(*target, entry.second, "flag " + flag_name(name)); !assigned)
        return assigned;
    }
    return {};
  }

  ResolvedSettings take() { return std::move(resolved_); }

 private:
  template <typename Condition>
  ResolvedSetting* find(Condition condition) {
    for (ResolvedSetting& candidate : resolved_.settings) {
      if (condition(*candidate.setting))
        return &candidate;
    }
    return nullptr;
  }

  Outcome assign(ResolvedSetting& target, const std::string& text, const std::string& source) {
    auto value = parse_setting(*target.setting, text);
    if (!value)
      return base::unexpected(std::string(target.setting->name) + " (" + source + ") " + value.error());
    target.value = std::move(*value);
    target.text = text;
    target.source = source;
    return {};
  }

  Outcome add_entry(const SettingsFileEntry& entry, const std::string& source) {
    ResolvedSetting* target = find([&](const Setting& s) { return s.name == entry.name; });
    if (target == nullptr) {
      if (entry.kind == Kind::empty_section && is_section(entry.name))
        return {};
      return unknown("unknown setting " + entry.name + " (" + source + ")", entry.name,
                     names([](std::string_view name) { return std::string(name); }));
    }
    if (!fits(*target->setting, entry))
      return base::unexpected(entry.name + " (" + source + ") must be " + describe_allowed(*target->setting) +
                              ", not " + entry.kind_name);
    return assign(*target, entry.text, source);
  }

  bool is_section(const std::string& name) {
    return find([&](const Setting& s) { return s.name.starts_with(name + "."); }) != nullptr;
  }

  std::vector<std::string> names(std::string (*spelling)(std::string_view)) const {
    std::vector<std::string> spelled;
    for (const Setting& setting : table_)
      spelled.push_back(spelling(setting.name));
    return spelled;
  }

  static Outcome unknown(const std::string& what, const std::string& name,
                         const std::vector<std::string>& known) {
    return base::unexpected(what + "; did you mean " + base::nearest_name(name, known) + "?");
  }

  std::span<const Setting> table_;
  ResolvedSettings resolved_;
};

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

}  // namespace hourglass::daemon
