#include "daemon/settings_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/testing/sample_settings.hpp"

namespace hourglass::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string described(const SettingsInput& input) {
  const auto resolved = resolve_settings(kSampleSettings, input);
  return resolved ? describe_settings(*resolved) : resolved.error();
}

TEST(SettingsText, ShowsARowASettingInColumns) {
  EXPECT_EQ(described({.file = SettingsFile{"mill.toml", "kind = 'water'\n"},
                       .environment = {{"HOURGLASS_MILL_SAIL_COUNT", "many"}},
                       .flags = {{"mill.name", "a mill"}}}),
            "SETTING            VALUE    FROM\n"
            "mill.name          a mill   flag --mill-name\n"
            "mill.address       ::1      default\n"
            "mill.sail_count    many     environment HOURGLASS_MILL_SAIL_COUNT\n"
            "grain.sack_size    1KiB     default\n"
            "grain.drying_time  forever  default\n"
            "kind               water    file mill.toml, line 1\n"
            "mill.turning       false    default\n"
            "miller.password             default\n");
}

TEST(SettingsText, MasksSecretsWithoutTellingTheirLength) {
  for (const char* secret : {"x", "a secret of some length"}) {
    const std::string shown =
        described({.file = {}, .environment = {{"HOURGLASS_MILLER_PASSWORD", secret}}, .flags = {}});
    EXPECT_THAT(shown, HasSubstr("miller.password    ********  environment HOURGLASS_MILLER_PASSWORD\n"));
    EXPECT_THAT(shown, Not(HasSubstr("a secret")));
  }
}

TEST(SettingsText, KeepsAValueOnItsLine) {
  EXPECT_THAT(described({.file = {}, .environment = {}, .flags = {{"mill.name", "a\nb\x1b[1m"}}}),
              HasSubstr("mill.name          a?b?[1m  flag --mill-name\n"));
}

TEST(SettingsText, ColumnsAreAsWideAsTheirCharacters) {
  EXPECT_THAT(
      described({.file = {}, .environment = {}, .flags = {{"mill.name", "M\u00fchle\u20ac"}}}),
      HasSubstr(
          "mill.name          M\u00fchle\u20ac   flag --mill-name\nmill.address       ::1      default\n"));
}

TEST(SettingsText, ThePageNamesEverySettingInEachOfItsSpellings) {
  const std::string page = settings_page(kSampleSettings);
  EXPECT_THAT(page, HasSubstr("\n## mill.sail_count\n\nSails.\n\n- default: `4`\n"
                              "- allowed: a whole number from 1 to 99, or many\n"
                              "- environment: `HOURGLASS_MILL_SAIL_COUNT`, flag: `--mill-sail-count`\n"));
  EXPECT_THAT(page, HasSubstr("flag: `--miller-password`\n- a secret"));
}

}  // namespace
}  // namespace hourglass::daemon
