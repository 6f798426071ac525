// What docs/operating/access-logs.md says is what the program does.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/access_log/field.hpp"
#include "cli/access_log/mapping.hpp"
#include "cli/access_log/traffic_lists.hpp"

namespace hourglass::cli {
namespace {

std::string page() {
  std::ifstream file(HOURGLASS_SOURCE_DIRECTORY "/docs/operating/access-logs.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What stands between the heading and the next one.
std::string section(const std::string& heading) {
  const std::string text = page();
  const std::size_t begin = text.find("\n## " + heading + "\n");
  EXPECT_NE(begin, std::string::npos) << heading;
  return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

std::vector<std::string> toml_blocks(const std::string& text) {
  std::vector<std::string> blocks;
  const std::string fence = "```toml\n";
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    blocks.push_back(text.substr(at, text.find("```", at) - at));
  }
  return blocks;
}

TEST(AccessLogsPage, ListsRobotsAndAssets) {
  const std::string robots = section("Robots");
  for (const std::string_view word : robot_words())
    EXPECT_NE(robots.find("`" + std::string(word) + "`"), std::string::npos) << word;
  const std::string assets = section("Assets");
  for (const std::string_view ending : asset_endings())
    EXPECT_NE(assets.find("`" + std::string(ending) + "`"), std::string::npos) << ending;
}

TEST(AccessLogsPage, ListsFormatsAndFields) {
  const std::string text = page();
  for (const std::string& format : access_log_formats())
    EXPECT_NE(text.find("`" + format + "`"), std::string::npos) << format;
  for (const std::string& field : standard_field_names())
    EXPECT_NE(text.find("| `" + field + "` |"), std::string::npos) << field;
}

TEST(AccessLogsPage, ShowsMappingsThatAreValid) {
  const auto blocks = toml_blocks(page());
  EXPECT_EQ(blocks.size(), 5U);
  const auto path =
      std::filesystem::temp_directory_path() / ("hourglass-page-" + std::to_string(getpid()) + ".toml");
  for (const std::string& block : blocks) {
    std::ofstream(path) << block;
    const auto options = read_mapping_file(path);
    ASSERT_TRUE(options) << options.error();
    const auto mapping = LineMapping::make(*options);
    EXPECT_TRUE(mapping) << mapping.error();
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hourglass::cli
