#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace hourglass::daemon {

/// A file with settings, as it was read.
struct SettingsFile {
  std::string path;
  std::string content;  // TOML
};

/// One key of the file, with the names of the sections around it: `http.port`.
struct SettingsFileEntry {
  enum class Kind : std::uint8_t { text, number, boolean, empty_section, other };

  std::string name;
  Kind kind;
  std::string text;       // of a text, a number, or true or false
  std::string kind_name;  // for people: "a string", "a boolean"
  std::uint32_t line;
};

/// Every key of the file. The failure names the file and the line.
base::Expected<std::vector<SettingsFileEntry>, std::string> parse_settings_file(const SettingsFile& file);

/// `file hourglass.toml, line 3`
std::string place_in_file(const std::string& path, std::uint32_t line);

}  // namespace hourglass::daemon
