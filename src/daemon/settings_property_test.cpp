// Random assignments in file, environment and flags against a plain second implementation of the rule.

#include <map>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "daemon/command_line.hpp"
#include "daemon/settings_resolver.hpp"
#include "daemon/testing/sample_settings.hpp"

namespace hourglass::daemon {
namespace {

/// A value as it may be written, and what it means: `text` or `number` or the setting's word.
struct Written {
  std::string as_text;
  std::optional<std::string> as_toml;  // where it is not simply the text as a string
  std::string means;
};

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  Written value_for(const Setting& setting) {
    if (!setting.word.empty() && below(5) == 0)
      return {std::string(setting.word), std::nullopt, "word"};
    switch (setting.type) {
      case SettingType::text:
      case SettingType::optional_text: return text(any_text());
      case SettingType::address:
        return text("10." + std::to_string(below(256)) + "." + std::to_string(below(256)) + ".1");
      case SettingType::choice: return choice(setting);
      case SettingType::choices: return text(below(2) == 0 ? "wind,water" : "water");
      case SettingType::count: return whole_number(1 + below(99));
      case SettingType::size: return size();
      case SettingType::duration: return duration();
    }
    throw std::logic_error("a type without values");
  }

 private:
  static Written text(const std::string& value) { return {value, std::nullopt, value}; }

  /// Of two words; of true and false the file may have a boolean.
  Written choice(const Setting& setting) {
    const std::size_t first = setting.choices.find('|');
    const std::string word(below(2) == 0 ? setting.choices.substr(0, first)
                                         : setting.choices.substr(first + 1));
    return {word, setting.choices == kTrueOrFalse && below(2) == 0 ? std::optional(word) : std::nullopt,
            word};
  }

  static Written whole_number(std::uint64_t value) {
    return {std::to_string(value), std::to_string(value), std::to_string(value)};
  }

  Written size() {
    if (below(2) == 0)
      return whole_number(16 + below(1'000'000));
    const std::uint64_t count = 1 + below(1000);
    const std::uint64_t power = 1 + below(3);
    const std::string unit = std::string(1, "KMG"[power - 1]) + "iB";
    return {std::to_string(count) + unit, std::nullopt, std::to_string(count << (10 * power))};
  }

  Written duration() {
    static const std::vector<std::pair<std::string, std::uint64_t>> units = {
        {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {"d", 24 * 60 * 60 * 1000}};
    const auto& [unit, milliseconds] = units[below(units.size())];
    const std::uint64_t count = 10 + below(31);
    return {std::to_string(count) + unit, std::nullopt, std::to_string(count * milliseconds)};
  }

  std::string any_text() {
    static const std::vector<std::string> pieces = {"a", "-", "--kind", "=", "'", "\"", "\\", "[",
                                                    "]", ",", " ",      "#", "ä", "\t", "\n", "7"};
    std::string value;
    for (auto left = 1 + below(6); left > 0; --left)
      value += pieces[below(pieces.size())];
    return value;
  }

  std::mt19937_64 random_;
};

std::string toml_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else if (c == '\t')
      quoted += "\\t";
    else
      quoted += c;
  }
  return quoted + '"';
}

std::string meaning(const ResolvedSetting& row) {
  if (row.value.is_word())
    return "word";
  const SettingType type = row.setting->type;
  const bool is_number =
      type == SettingType::count || type == SettingType::size || type == SettingType::duration;
  return is_number ? std::to_string(row.value.number()) : row.value.text();
}

/// HOURGLASS_GRAIN_SACK_SIZE, letter by letter.
std::string variable(std::string_view name) {
  std::string spelled = "HOURGLASS_";
  for (const char c : name)
    spelled += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return spelled;
}

/// --grain-sack-size
std::string flag(std::string_view name) {
  std::string spelled = "--";
  for (const char c : name)
    spelled += c == '.' || c == '_' ? '-' : c;
  return spelled;
}

void write_flag(Writer& writer, const std::string& name, const std::string& value,
                std::vector<std::string>& arguments) {
  if (writer.below(2) == 0) {
    arguments.push_back(name + "=" + value);
    return;
  }
  arguments.push_back(name);
  arguments.push_back(value);
}

TEST(SettingsProperty, EverySourceMeansTheSameAndTheStrongestWins) {
  const std::uint64_t seed = base::test_seed();
  Writer writer(seed);
  for (int round = 0; round < 1'500; ++round) {
    std::map<std::string_view, std::pair<std::string, std::string>>
        expected;  // what it means, the kind of source
    SettingsInput input;
    std::string file;
    std::vector<std::string> arguments = {"config"};
    for (const Setting& setting : kSampleSettings) {
      if (writer.below(2) == 0) {
        const Written value = writer.value_for(setting);
        file += std::string(setting.name) + " = " + value.as_toml.value_or(toml_string(value.as_text)) + "\n";
        expected[setting.name] = {value.means, "file"};
      }
      if (writer.below(2) == 0) {
        const Written value = writer.value_for(setting);
        input.environment.emplace_back(variable(setting.name), value.as_text);
        expected[setting.name] = {value.means, "environment"};
      }
      if (writer.below(2) == 0) {
        const Written value = writer.value_for(setting);
        write_flag(writer, flag(setting.name), value.as_text, arguments);
        expected[setting.name] = {value.means, "flag"};
      }
    }
    if (writer.below(4) != 0 || !file.empty())
      input.file = SettingsFile{"f.toml", file};
    const auto command_line = parse_command_line(kSampleSettings, arguments);
    ASSERT_TRUE(command_line) << command_line.error().output;
    input.flags = command_line->flags;
    const auto resolved = resolve_settings(kSampleSettings, input);
    ASSERT_TRUE(resolved) << resolved.error() << "\n" << file;
    for (const ResolvedSetting& row : resolved->settings) {
      const auto found = expected.find(row.setting->name);
      const std::string source = row.source.substr(0, row.source.find(' '));
      ASSERT_EQ(source, found == expected.end() ? "default" : found->second.second) << row.setting->name;
      if (found != expected.end()) {
        ASSERT_EQ(meaning(row), found->second.first) << row.setting->name << "\n" << file;
      }
    }
  }
}

}  // namespace
}  // namespace hourglass::daemon
