#include "daemon/setting.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace hourglass::daemon {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 4> kSizeUnits{
    {{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}}};

constexpr std::array<Unit, 5> kDurationUnits{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

constexpr std::array<Unit, 1> kNoUnits{{{"", 1}}};

/// A number followed by one of the units, without anything else; nothing if it is not that or too large.
template <std::size_t Count>
std::optional<std::int64_t> parse_with_unit(std::string_view text, const std::array<Unit, Count>& units) {
  if (text.starts_with('-'))  // also -0
    return std::nullopt;
  std::int64_t number = 0;
  const auto [behind, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{})
    return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(behind - text.data()));
  for (const Unit& unit : units) {
    if (suffix == unit.name && number <= std::numeric_limits<std::int64_t>::max() / unit.factor)
      return number * unit.factor;
  }
  return std::nullopt;
}

/// The largest unit in which the number is whole.
template <std::size_t Count>
std::string with_unit(std::int64_t number, const std::array<Unit, Count>& units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0)
      best = &unit;
  }
  return std::to_string(number / best->factor) + std::string(best->name);
}

std::optional<std::int64_t> parse_number(SettingType type, std::string_view text) {
  if (type == SettingType::size)
    return parse_with_unit(text, kSizeUnits);
  if (type == SettingType::duration)
    return parse_with_unit(text, kDurationUnits);
  return parse_with_unit(text, kNoUnits);
}

std::string show_number(SettingType type, std::int64_t number) {
  if (type == SettingType::size)
    return with_unit(number, kSizeUnits);
  if (type == SettingType::duration)
    return with_unit(number, kDurationUnits);
  return std::to_string(number);
}

bool is_choice(std::string_view choices, std::string_view text) {
  while (!choices.empty()) {
    const std::size_t end = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, end) == text)
      return true;
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return false;
}

/// Each at most once, and at least one.
bool are_choices(std::string_view choices, std::string_view text) {
  std::vector<std::string_view> found;
  while (true) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, end);
    if (!is_choice(choices, word) || std::find(found.begin(), found.end(), word) != found.end())
      return false;
    found.push_back(word);
    if (end == text.size())
      return true;
    text.remove_prefix(end + 1);
  }
}

bool is_address(const std::string& text) {
  in6_addr unused{};
  return ::inet_pton(AF_INET, text.c_str(), &unused) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &unused) == 1;
}

std::string joined_choices(std::string_view choices, std::string_view separator) {
  std::string words(choices);
  for (std::size_t at = words.find('|'); at != std::string::npos; at = words.find('|'))
    words.replace(at, 1, separator);
  return words;
}

bool is_number(SettingType type) {
  return type == SettingType::count || type == SettingType::size || type == SettingType::duration;
}

/// A NUL, which only a file can hold, would end the text early for the operating system.
bool is_allowed_text(const Setting& setting, std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    return false;
  if (setting.type == SettingType::choice)
    return is_choice(setting.choices, text);
  if (setting.type == SettingType::choices)
    return are_choices(setting.choices, text);
  if (setting.type == SettingType::optional_text)
    return true;
  return setting.type == SettingType::address ? is_address(std::string(text)) : !text.empty();
}

std::string transformed(std::string_view name, std::string prefix, char separator, bool upper) {
  for (const char c : name) {
    const char joined = c == '.' || c == '_' ? separator : c;
    prefix.push_back(upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(joined))) : joined);
  }
  return prefix;
}

}  // namespace

base::Expected<SettingValue, std::string> parse_setting(const Setting& setting, std::string_view text) {
  const auto refused = [&] { return base::unexpected("must be " + describe_allowed(setting)); };
  if (!is_number(setting.type)) {
    if (!setting.absent.empty() && text == setting.absent)
      return base::unexpected("is " + std::string(text) + ", which this build does not contain; it must be " +
                              describe_allowed(setting));
    if (!is_allowed_text(setting, text))
      return refused();
    return SettingValue::of_text(std::string(text));
  }
  if (!setting.word.empty() && text == setting.word)
    return SettingValue::of_word();
  const auto number = parse_number(setting.type, text);
  if (!number || *number < setting.minimum || *number > setting.maximum)
    return refused();
  return SettingValue::of_number(*number);
}

std::string describe_allowed(const Setting& setting) {
  if (setting.type == SettingType::text)
    return "a text that is not empty and has no NUL";
  if (setting.type == SettingType::optional_text)
    return "a text without NUL";
  if (setting.type == SettingType::address)
    return "an IPv4 or IPv6 address";
  if (setting.type == SettingType::choice)
    return joined_choices(setting.choices, " or ");
  if (setting.type == SettingType::choices)
    return "one or more of " + joined_choices(setting.choices, ", ") + ", separated by commas";
  std::string kind = "a whole number";
  if (setting.type == SettingType::size)
    kind = "a size such as 16KiB";
  if (setting.type == SettingType::duration)
    kind = "a duration such as 500ms, 5s, 10m, 24h or 30d";
  std::string allowed = kind + " from " + show_number(setting.type, setting.minimum) + " to " +
                        show_number(setting.type, setting.maximum);
  if (!setting.word.empty())
    allowed += ", or " + std::string(setting.word);
  return allowed;
}

std::string value_name(const Setting& setting) {
  switch (setting.type) {
    case SettingType::text:
    case SettingType::optional_text: return "TEXT";
    case SettingType::choices: return "LIST";
    case SettingType::address: return "ADDRESS";
    case SettingType::choice: return std::string(setting.choices);
    case SettingType::count: return "NUMBER";
    case SettingType::size: return "SIZE";
    case SettingType::duration: return "DURATION";
  }
  return "VALUE";
}

std::string environment_name(std::string_view setting_name) {
  return transformed(setting_name, "HOURGLASS_", '_', true);
}

std::string flag_name(std::string_view setting_name) {
  return transformed(setting_name, "--", '-', false);
}

}  // namespace hourglass::daemon
