#include "daemon/setting.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::daemon {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

Setting number_setting(SettingType type, std::string_view word = {}) {
  return {.name = "a.b",
          .type = type,
          .default_text = "",
          .minimum = 0,
          .maximum = kLargest,
          .word = word,
          .help = ""};
}

std::optional<std::int64_t> parsed(SettingType type, std::string_view text) {
  const auto value = parse_setting(number_setting(type), text);
  return value ? std::optional(value->number()) : std::nullopt;
}

TEST(Setting, ReadsDurations) {
  const auto duration = [](std::string_view text) { return parsed(SettingType::duration, text); };
  EXPECT_EQ(duration("500ms"), 500);
  EXPECT_EQ(duration("5s"), 5'000);
  EXPECT_EQ(duration("10m"), 600'000);
  EXPECT_EQ(duration("24h"), 86'400'000);
  EXPECT_EQ(duration("30d"), 2'592'000'000);
  for (const char* wrong : {"", "5", "s", "5 s", " 5s", "5s ", "5S", "1.5s", "-5s", "+5s", "-0s", "5s5s",
                            "5sec", "9223372036854775807s", "99999999999999999999ms", "0x5s"})
    EXPECT_EQ(duration(wrong), std::nullopt) << wrong;
}

TEST(Setting, ReadsSizes) {
  const auto size = [](std::string_view text) { return parsed(SettingType::size, text); };
  EXPECT_EQ(size("0"), 0);
  EXPECT_EQ(size("1000"), 1000);
  EXPECT_EQ(size("16KiB"), 16'384);
  EXPECT_EQ(size("16MiB"), 16'777'216);
  EXPECT_EQ(size("2GiB"), 2'147'483'648);
  for (const char* wrong : {"", "KiB", "16 KiB", "16kib", "16K", "16KB", "-1", "1e3", "8589934592GiB"})
    EXPECT_EQ(size(wrong), std::nullopt) << wrong;
}

TEST(Setting, ReadsCounts) {
  const auto count = [](std::string_view text) { return parsed(SettingType::count, text); };
  EXPECT_EQ(count("007"), 7);
  EXPECT_EQ(count("9223372036854775807"), kLargest);
  for (const char* wrong : {"", "9223372036854775808", "-1", "+1", "1.0", "1_000", "0x1", "many"})
    EXPECT_EQ(count(wrong), std::nullopt) << wrong;
}

TEST(Setting, TakesTheWordInPlaceOfANumberOnlyWhereItIsAllowed) {
  const auto value = parse_setting(number_setting(SettingType::duration, "forever"), "forever");
  ASSERT_TRUE(value);
  EXPECT_TRUE(value->is_word());
  EXPECT_FALSE(parse_setting(number_setting(SettingType::duration), "forever"));
  EXPECT_FALSE(parse_setting(number_setting(SettingType::duration, "forever"), "for ever"));
}

TEST(Setting, KeepsBoundsAndSaysWhatIsAllowed) {
  const Setting port{.name = "http.port",
                     .type = SettingType::count,
                     .default_text = "1",
                     .minimum = 1,
                     .maximum = 65'535,
                     .help = ""};
  EXPECT_TRUE(parse_setting(port, "1"));
  EXPECT_TRUE(parse_setting(port, "65535"));
  EXPECT_FALSE(parse_setting(port, "0"));
  EXPECT_EQ(parse_setting(port, "65536").error(), "must be a whole number from 1 to 65535");
  const Setting size{.name = "x",
                     .type = SettingType::size,
                     .default_text = "",
                     .minimum = 1024,
                     .maximum = 64 << 20,
                     .help = ""};
  EXPECT_EQ(parse_setting(size, "1023").error(), "must be a size such as 16KiB from 1KiB to 64MiB");
  const Setting duration{.name = "x",
                         .type = SettingType::duration,
                         .default_text = "",
                         .minimum = 0,
                         .maximum = 90'000,
                         .word = "forever",
                         .help = ""};
  EXPECT_EQ(parse_setting(duration, "91s").error(),
            "must be a duration such as 500ms, 5s, 10m, 24h or 30d from 0ms to 90s, or forever");
}

TEST(Setting, ReadsChoicesAndAddressesAndTexts) {
  const Setting choice{.name = "x",
                       .type = SettingType::choice,
                       .default_text = "",
                       .choices = "text|json",
                       .absent = "xml",
                       .help = ""};
  EXPECT_EQ(parse_setting(choice, "json")->text(), "json");
  for (const char* wrong : {"", "js", "jsonx", "text|json", "|", "JSON"})
    EXPECT_EQ(parse_setting(choice, wrong).error(), "must be text or json") << wrong;
  EXPECT_EQ(parse_setting(choice, "xml").error(),
            "is xml, which this build does not contain; it must be text or json");

  const Setting address{.name = "x", .type = SettingType::address, .default_text = "", .help = ""};
  for (const char* right : {"127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1"})
    EXPECT_TRUE(parse_setting(address, right)) << right;
  for (const char* wrong : {"", "localhost", "127.1", "1.2.3.4.5", "[::1]", "127.0.0.1:80", " ::1"})
    EXPECT_FALSE(parse_setting(address, wrong)) << wrong;

  const Setting text{.name = "x", .type = SettingType::text, .default_text = "", .help = ""};
  EXPECT_EQ(parse_setting(text, " a=b ")->text(), " a=b ");
  EXPECT_FALSE(parse_setting(text, ""));
}

TEST(Setting, NoValueHoldsANul) {
  const auto with_nul = [](std::string_view before) { return std::string(before) + '\0' + "b"; };
  const Setting text{.name = "x", .type = SettingType::text, .default_text = "", .help = ""};
  EXPECT_EQ(parse_setting(text, with_nul("a")).error(), "must be a text that is not empty and has no NUL");
  const Setting address{.name = "x", .type = SettingType::address, .default_text = "", .help = ""};
  EXPECT_FALSE(parse_setting(address, with_nul("::1")));
  const Setting choice{
      .name = "x", .type = SettingType::choice, .default_text = "", .choices = "text|json", .help = ""};
  EXPECT_FALSE(parse_setting(choice, with_nul("text")));
  EXPECT_FALSE(parse_setting(number_setting(SettingType::count), with_nul("1")));
  EXPECT_FALSE(parse_setting(number_setting(SettingType::duration, "forever"), with_nul("1s")));
}

TEST(Setting, IsSpelledByOneRule) {
  EXPECT_EQ(environment_name("http.max_connections"), "HOURGLASS_HTTP_MAX_CONNECTIONS");
  EXPECT_EQ(flag_name("http.max_connections"), "--http-max-connections");
  EXPECT_EQ(environment_name("backend"), "HOURGLASS_BACKEND");
  EXPECT_EQ(flag_name("backend"), "--backend");
}

/// The second implementation: floating point, good for numbers below 2^53.
std::optional<double> plainly_parsed(SettingType type, const std::string& text) {
  const std::map<std::string, double> durations = {
      {"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}};
  const std::map<std::string, double> sizes = {{"", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
  const std::string unit = text.substr(std::min(text.find_first_not_of("0123456789"), text.size()));
  const std::string digits = text.substr(0, text.size() - unit.size());
  const auto& units = type == SettingType::duration ? durations : sizes;
  const auto found = units.find(unit);
  if (digits.empty() || found == units.end())
    return std::nullopt;
  return std::stod(digits) * found->second;
}

TEST(Setting, ReadsRandomTextsAsTheSecondImplementationDoes) {
  std::mt19937_64 random(base::test_seed());
  const std::vector<std::string> pieces = {"0", "1",   "7",   "95",  "ms", "s", "m", "h",
                                           "d", "KiB", "MiB", "GiB", "-",  ".", " ", "k"};
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto left = random() % 5; left > 0; --left)
      text += pieces[random() % pieces.size()];
    for (const SettingType type : {SettingType::duration, SettingType::size}) {
      const auto expected = plainly_parsed(type, text);
      const auto actual = parsed(type, text);
      ASSERT_EQ(actual.has_value(), expected.has_value()) << text;
      if (expected) {
        ++accepted;
        ASSERT_EQ(static_cast<double>(*actual), *expected) << text;
      }
    }
  }
  EXPECT_GT(accepted, 1'000);
}

}  // namespace
}  // namespace hourglass::daemon
