#include "daemon/settings_resolver.hpp"

#include <gtest/gtest.h>

#include "daemon/testing/sample_settings.hpp"

namespace hourglass::daemon {
namespace {

SettingsInput with_file(const std::string& content) {
  return {.file = SettingsFile{"mill.toml", content}, .environment = {}, .flags = {}};
}

std::string failure(const SettingsInput& input) {
  const auto resolved = resolve_settings(kSampleSettings, input);
  return resolved ? "" : resolved.error();
}

std::string file_failure(const std::string& content) {
  return failure(with_file(content));
}

const ResolvedSetting& row(const ResolvedSettings& resolved, std::string_view name) {
  for (const ResolvedSetting& setting : resolved.settings) {
    if (setting.setting->name == name)
      return setting;
  }
  throw std::logic_error("no such row");
}

TEST(SettingsResolver, DefaultsHoldWhereNothingIsSaid) {
  const auto resolved = resolve_settings(kSampleSettings, {});
  ASSERT_TRUE(resolved) << resolved.error();
  ASSERT_EQ(resolved->settings.size(), kSampleSettings.size());
  EXPECT_EQ(row(*resolved, "grain.sack_size").value.number(), 1024);
  EXPECT_EQ(row(*resolved, "grain.sack_size").source, "default");
  EXPECT_TRUE(row(*resolved, "grain.drying_time").value.is_word());
  EXPECT_EQ(row(*resolved, "miller.password").value.text(), "");
}

TEST(SettingsResolver, FlagsWinOverTheEnvironmentOverTheFileOverTheDefault) {
  SettingsInput input = with_file("[mill]\nname = 'file'\n");
  auto resolved = resolve_settings(kSampleSettings, input);
  ASSERT_TRUE(resolved) << resolved.error();
  EXPECT_EQ(row(*resolved, "mill.name").value.text(), "file");
  EXPECT_EQ(row(*resolved, "mill.name").source, "file mill.toml, line 2");

  input.environment = {{"PATH", "/bin"}, {"HOURGLASS_MILL_NAME", "environment"}};
  resolved = resolve_settings(kSampleSettings, input);
  EXPECT_EQ(row(*resolved, "mill.name").value.text(), "environment");
  EXPECT_EQ(row(*resolved, "mill.name").source, "environment HOURGLASS_MILL_NAME");

  input.flags = {{"mill.name", "flag"}};
  resolved = resolve_settings(kSampleSettings, input);
  EXPECT_EQ(row(*resolved, "mill.name").value.text(), "flag");
  EXPECT_EQ(row(*resolved, "mill.name").source, "flag --mill-name");
}

TEST(SettingsResolver, AWrongValueIsAnErrorAlsoWhereAnotherWins) {
  SettingsInput input = with_file("[mill]\nsail_count = 100\n");
  input.flags = {{"mill.sail_count", "4"}};
  EXPECT_EQ(failure(input),
            "mill.sail_count (file mill.toml, line 2) must be a whole number from 1 to 99, or many");
}

TEST(SettingsResolver, WrongValuesNameTheirPlaceAndWhatIsAllowed) {
  EXPECT_EQ(failure({.file = {}, .environment = {{"HOURGLASS_KIND", "tide"}}, .flags = {}}),
            "kind (environment HOURGLASS_KIND) must be wind or water");
  EXPECT_EQ(failure({.file = {}, .environment = {}, .flags = {{"grain.sack_size", "15"}}}),
            "grain.sack_size (flag --grain-sack-size) must be a size such as 16KiB from 16 to 1024GiB");
  EXPECT_EQ(failure({.file = {}, .environment = {}, .flags = {{"kind", "steam"}}}),
            "kind (flag --kind) is steam, which this build does not contain; it must be wind or water");
  EXPECT_EQ(failure({.file = {}, .environment = {{"HOURGLASS_MILL_NAME", ""}}, .flags = {}}),
            "mill.name (environment HOURGLASS_MILL_NAME) must be a text that is not empty and has no NUL");
}

TEST(SettingsResolver, TheFileHasTypes) {
  EXPECT_EQ(file_failure("[mill]\nsail_count = 'many'\n[grain]\nsack_size = 16_384\ndrying_time = '1d'\n"),
            "");
  EXPECT_EQ(file_failure("[grain]\nsack_size = '16KiB'\n"), "");
  EXPECT_EQ(file_failure("mill.sail_count = 3\nmill.name = 'a'\n"), "") << "TOML's own dotted keys";
  EXPECT_EQ(
      file_failure("\n[mill]\nsail_count = '3'\n"),
      "mill.sail_count (file mill.toml, line 3) must be a whole number from 1 to 99, or many, not a string");
  EXPECT_EQ(
      file_failure("[mill]\nname = 3\n"),
      "mill.name (file mill.toml, line 2) must be a text that is not empty and has no NUL, not an integer");
  for (const char* wrong : {"true", "3.0", "[1]", "{}", "{a=1}", "1979-05-27", "07:32:00"})
    EXPECT_NE(file_failure(std::string("[mill]\nsail_count = ") + wrong + "\n"), "") << wrong;
  EXPECT_NE(file_failure("[grain]\ndrying_time = 10\n"), "") << "ten of what?";
  EXPECT_NE(file_failure("[kind]\n"), "") << "a section in place of a value";
  EXPECT_NE(file_failure("mill = 5\n"), "") << "a value in place of a section";
  EXPECT_NE(file_failure("[[mill]]\nname = 'a'\n"), "");
}

TEST(SettingsResolver, TheFileMaySayTrueOrFalseWithABoolean) {
  for (const char* said : {"true", "'true'", "false", "'false'"}) {
    const auto resolved =
        resolve_settings(kSampleSettings, with_file(std::string("[mill]\nturning = ") + said + "\n"));
    ASSERT_TRUE(resolved) << resolved.error();
    const bool is_true = std::string(said).find("true") != std::string::npos;
    EXPECT_EQ(row(*resolved, "mill.turning").value.text(), is_true ? "true" : "false") << said;
  }
  EXPECT_EQ(file_failure("[mill]\nturning = 1\n"),
            "mill.turning (file mill.toml, line 2) must be true or false, not an integer");
  EXPECT_EQ(file_failure("kind = true\n"),
            "kind (file mill.toml, line 1) must be wind or water, not a boolean");
  EXPECT_EQ(
      file_failure("[mill]\nname = true\n"),
      "mill.name (file mill.toml, line 2) must be a text that is not empty and has no NUL, not a boolean");
}

TEST(SettingsResolver, UnknownNamesAreErrorsThatNameTheNearest) {
  EXPECT_EQ(file_failure("[mill]\nname = 'a'\nsale_count = 3\n"),
            "unknown setting mill.sale_count (file mill.toml, line 3); did you mean mill.sail_count?");
  EXPECT_EQ(file_failure("[mil]\nname = 'a'\n"),
            "unknown setting mil.name (file mill.toml, line 2); did you mean mill.name?");
  EXPECT_EQ(failure({.file = {}, .environment = {{"HOURGLASS_MIL_NAME", "a"}}, .flags = {}}),
            "unknown environment variable HOURGLASS_MIL_NAME; did you mean HOURGLASS_MILL_NAME?");
  EXPECT_EQ(failure({.file = {}, .environment = {}, .flags = {{"mill.nam", "a"}}}),
            "unknown flag --mill-nam; did you mean --mill-name?");
  EXPECT_EQ(file_failure("[mill]\n[grain]\n"), "") << "known sections may be empty";
  EXPECT_NE(file_failure("[grains]\n"), "") << "unknown ones may not";
  EXPECT_NE(file_failure("'mill.name' = 'a'\n"), "") << "one key with a dot is not a section with a key";
  EXPECT_NE(file_failure("[mill.name]\nx = 1\n"), "");
  EXPECT_NE(failure({.file = {}, .environment = {{"HOURGLASS_", "a"}}, .flags = {}}), "");
  EXPECT_NE(failure({.file = {}, .environment = {{"HOURGLASS_mill_name", "a"}}, .flags = {}}), "");
}

TEST(SettingsResolver, AFileThatIsNoTomlIsNamedWithTheLine) {
  for (const char* wrong :
       {"x = 1\n[mill\n", "\nname\n", "\nname = \n", "\nkind = 'wind'\nkind = 'wind'\n", "\n\xff = 1\n"})
    EXPECT_EQ(file_failure(wrong).find("file mill.toml, line "), 0U) << wrong;
}

TEST(SettingsResolver, WhatKubernetesSetsIsPassedOver) {
  const auto resolved =
      resolve_settings(kSampleSettings, {.file = {},
                                         .environment = {{"HOURGLASS_PORT", "tcp://10.0.0.1:80"},
                                                         {"HOURGLASS_PORT_80_TCP", "tcp://10.0.0.1:80"},
                                                         {"HOURGLASS_SERVICE_HOST", "10.0.0.1"}},
                                         .flags = {}});
  ASSERT_TRUE(resolved) << resolved.error();
  EXPECT_EQ(resolved->passed_over,
            (std::vector<std::string>{"HOURGLASS_PORT", "HOURGLASS_PORT_80_TCP", "HOURGLASS_SERVICE_HOST"}));
  EXPECT_NE(failure({.file = {}, .environment = {{"HOURGLASS_PORTS", "1"}}, .flags = {}}), "");
  EXPECT_NE(failure({.file = {}, .environment = {{"HOURGLASS_SERVICE", "1"}}, .flags = {}}), "");
}

TEST(SettingsResolver, AFailureNeverHoldsTheValue) {
  EXPECT_EQ(file_failure("[miller]\npassword = 271828\n").find("271828"), std::string::npos);
}

}  // namespace
}  // namespace hourglass::daemon
