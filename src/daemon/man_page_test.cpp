#include "daemon/man_page.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/settings.hpp"
#include "daemon/testing/sample_settings.hpp"

namespace hourglass::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ManPage, ShowsEveryCommandAndEverySettingOnce) {
  const std::string page = man_page(kSampleSettings);
  for (const char* command : {"serve", "config", "backup", "verify"})
    EXPECT_THAT(page, HasSubstr(std::string("\n.SS ") + command + "\n"));
  EXPECT_THAT(page, HasSubstr("\\fBhourglass backup\\fR [\\fIDIR\\fR] [\\fIFLAGS\\fR]\n"));
  EXPECT_THAT(page, HasSubstr("\n.TP\n\\fB\\-\\-config\\fR \\fIFILE\\fR\nTOML file with settings\n"));
  const std::string flag = "\n.TP\n\\fB\\-\\-mill\\-name\\fR ";
  const std::size_t first = page.find(flag);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(page.find(flag, first + 1), std::string::npos);
  EXPECT_THAT(page, HasSubstr("\\fBHOURGLASS_MILL_NAME\\fR"));
}

TEST(ManPage, ShowsExamplesAsTheyStand) {
  const std::string page = man_page(kSampleSettings);
  EXPECT_THAT(page, HasSubstr(".PP\nExamples:\n.RS 4\n.EX\nhourglass verify\n"
                              "hourglass verify /backups/hourglass\n.EE\n.RE\n"));
}

TEST(ManPage, NothingInItIsTakenForARequest) {
  const std::string page = man_page(settings_table());
  for (const char* request : {"\n./", "\n'", "`", "~", "^"})
    EXPECT_THAT(page, Not(HasSubstr(request))) << request;
  EXPECT_THAT(page, HasSubstr("./hourglass\\-data"));
}

TEST(ManPage, IsNotStale) {
  std::ifstream page(HOURGLASS_SOURCE_DIRECTORY "/docs/hourglass.1");
  const std::string text{std::istreambuf_iterator<char>(page), std::istreambuf_iterator<char>()};
  EXPECT_TRUE(text == man_page(settings_table()))
      << "mend it with: build/release/man_page > docs/hourglass.1";
}

}  // namespace
}  // namespace hourglass::daemon
