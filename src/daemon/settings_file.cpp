#include "daemon/settings_file.hpp"

#include <toml++/toml.h>

namespace hourglass::daemon {
namespace {

using Kind = SettingsFileEntry::Kind;

std::string kind_name(toml::node_type type) {
  switch (type) {
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a float";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::array: return "an array";
    case toml::node_type::table: return "a section";
    default: return "a date or time";
  }
}

/// A key that has a dot in itself, by quotes, is not the path that it looks like.
std::string shown_key(std::string_view key) {
  return key.find('.') == std::string_view::npos ? std::string(key) : '"' + std::string(key) + '"';
}

void collect(const toml::table& table, const std::string& prefix, std::vector<SettingsFileEntry>& entries) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + shown_key(key.str());
    const toml::table* section = node.as_table();
    if (section != nullptr && !section->empty()) {
      collect(*section, name + ".", entries);
      continue;
    }
    SettingsFileEntry entry{name, Kind::other, {}, kind_name(node.type()), key.source().begin.line};
    if (section != nullptr) {
      entry.kind = Kind::empty_section;
    } else if (const auto text = node.value_exact<std::string>()) {
      entry.kind = Kind::text;
      entry.text = *text;
    } else if (const auto number = node.value_exact<std::int64_t>()) {
      entry.kind = Kind::number;
      entry.text = std::to_string(*number);
    } else if (const auto is_true = node.value_exact<bool>()) {
      entry.kind = Kind::boolean;
      entry.text = *is_true ? "true" : "false";
    }
    entries.push_back(std::move(entry));
  }
}

}  // namespace

base::Expected<std::vector<SettingsFileEntry>, std::string> parse_settings_file(const SettingsFile& file) {
  try {
    std::vector<SettingsFileEntry> entries;
    collect(toml::parse(file.content, file.path), "", entries);
    return entries;
  } catch (const toml::parse_error& error) {
    return base::unexpected(place_in_file(file.path, error.source().begin.line) + ": " +
                            std::string(error.description()));
  }
}

std::string place_in_file(const std::string& path, std::uint32_t line) {
  return "file " + path + ", line " + std::to_string(line);
}

}  // namespace hourglass::daemon
