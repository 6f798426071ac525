#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/access_log/mapping.hpp"

namespace hourglass::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class MappingFile : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  base::Expected<MappingOptions, std::string> read(const std::string& content) {
    std::ofstream(path_) << content;
    return read_mapping_file(path_);
  }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("hourglass-mapping-" + std::to_string(getpid()) + ".toml");
};

TEST_F(MappingFile, HasEveryOption) {
  const auto options = read(R"(
# comment
format = "caddy"
user = ["remote_addr", "user_agent"]
hash_user = true
time = "ts"
click = "path=/go/*"
impression = ["path=/ status=200", 'user_agent="a b"']
leave_out = ["none"]
)");
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->format, "caddy");
  EXPECT_THAT(options->user, ElementsAre("remote_addr", "user_agent"));
  EXPECT_TRUE(options->hash_user);
  EXPECT_EQ(options->time, "ts");
  EXPECT_THAT(options->click, ElementsAre("path=/go/*"));
  EXPECT_THAT(options->impression, ElementsAre("path=/ status=200", "user_agent=\"a b\""));
  EXPECT_THAT(options->leave_out, ElementsAre("none"));
}

TEST_F(MappingFile, MayBeEmpty) {
  const auto options = read("");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->format, "");
  EXPECT_FALSE(options->hash_user);
}

TEST_F(MappingFile, NamesTheLineOfAMistake) {
  const auto refusal = [&](const std::string& content) {
    const auto options = read(content);
    return options ? "" : options.error();
  };
  const std::string place = "mapping file " + path_.string() + ", line 2: ";
  EXPECT_EQ(refusal("# x\nleaveout = []"), place + "leaveout is unknown; did you mean leave_out?");
  EXPECT_EQ(refusal("# x\nformat = 1"), place + "format has to be a string");
  EXPECT_EQ(refusal("# x\nhash_user = \"yes\""), place + "hash_user has to be true or false");
  EXPECT_EQ(refusal("# x\nuser = [\"a\", 1]"), place + "user has to be a string or an array of strings");
  EXPECT_EQ(refusal("# x\nclick = []"),
            place + "click is an empty array; the rule \"none\" is one that takes nothing");
  EXPECT_EQ(refusal("# x\n[click]\na = 1"), place + "click has to be a string");
  EXPECT_THAT(refusal("# x\nformat = "), StartsWith(place));
  EXPECT_THAT(refusal("format = \"a\"\nformat = \"b\""), StartsWith(place));
}

TEST_F(MappingFile, HasToBeAFileThatCanBeRead) {
  EXPECT_THAT(read_mapping_file("no/such/file").error(), HasSubstr("no/such/file: No such file"));
  EXPECT_THAT(read_mapping_file("/").error(), HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace hourglass::cli
