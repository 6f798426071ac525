#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace hourglass::daemon {

struct Settings;

/// The value of a setting: a text, a number (of bytes, of milliseconds, or just so many), or the word that a
/// setting allows in place of a number.
class SettingValue {
 public:
  static SettingValue of_text(std::string text) { return {std::move(text), 0, false}; }
  static SettingValue of_number(std::int64_t number) { return {{}, number, false}; }
  static SettingValue of_word() { return {{}, 0, true}; }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::int64_t number() const { return number_; }
  [[nodiscard]] bool is_word() const { return is_word_; }

 private:
  SettingValue(std::string text, std::int64_t number, bool is_word)
      : text_(std::move(text)), number_(number), is_word_(is_word) {}

  std::string text_;
  std::int64_t number_;
  bool is_word_;
};

enum class SettingType : std::uint8_t {
  text,
  optional_text,  // may be empty
  address,        // IPv4 or IPv6
  choice,         // one of some words
  choices,        // some of some words, separated by commas
  count,          // a whole number
  size,           // bytes: 4096, 16KiB, 16MiB, 1GiB
  duration,       // 500ms, 5s, 10m, 24h, 30d
};

/// The choices of a setting that is on or off; the file may say it with a boolean.
inline constexpr std::string_view kTrueOrFalse = "true|false";

/// One row of the table of settings; everything else about a setting follows from it.
struct Setting {
  std::string_view name;  // dotted: the section and the key of the file
  SettingType type;
  std::string_view default_text;
  std::int64_t minimum = 0;  // of a number: in itself, bytes or milliseconds
  std::int64_t maximum = 0;
  std::string_view word = {};     // allowed in place of a number; "" if none is
  std::string_view choices = {};  // of a choice or choices: separated by |
  std::string_view absent = {};   // of a choice: a word that is only understood to be missing from this build
  std::string_view help;
  bool secret = false;  // shown masked
  void (*apply)(Settings&, const SettingValue&) = nullptr;
};

/// Reads a value; the failure says what is allowed.
base::Expected<SettingValue, std::string> parse_setting(const Setting& setting, std::string_view text);

/// What a setting allows, for people: "a duration such as 500ms, 5s, 10m, 24h or 30d from 1ms to 365d".
std::string describe_allowed(const Setting& setting);

/// What stands for the value in a usage line: SIZE, text|json.
std::string value_name(const Setting& setting);

/// `HOURGLASS_HTTP_MAX_CONNECTIONS` for `http.max_connections`.
std::string environment_name(std::string_view setting_name);

/// `--http-max-connections` for `http.max_connections`.
std::string flag_name(std::string_view setting_name);

}  // namespace hourglass::daemon
