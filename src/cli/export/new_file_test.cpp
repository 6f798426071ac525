#include "cli/export/new_file.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/testing/scratch_directory.hpp"

namespace hourglass::cli {
namespace {

class NewFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  static std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  const base::ScratchDirectory temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(NewFileTest, HasItsNameOnlyWhenItIsWhole) {
  const auto path = folder_ / "events";
  std::ofstream(path) << "before";
  {
    auto file = NewFile::create(path);
    ASSERT_TRUE(file) << file.error();
    ASSERT_TRUE(file->write("one "));
    EXPECT_EQ(content(path), "before");
    ASSERT_TRUE(file->write("two"));
    ASSERT_TRUE(file->publish());
  }
  EXPECT_EQ(content(path), "one two");
  EXPECT_EQ(files(), 1U);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(NewFileTest, LeavesNothingBehindWhenItIsGivenUp) {
  {
    auto file = NewFile::create(folder_ / "events");
    ASSERT_TRUE(file->write("half"));
    EXPECT_EQ(files(), 1U);
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(NewFileTest, RefusesWhatIsNoFile) {
  for (const std::filesystem::path& path : {folder_, folder_ / "missing" / "events",
                                            std::filesystem::path("/dev/null"), std::filesystem::path()}) {
    const auto file = NewFile::create(path);
    ASSERT_FALSE(file) << path;
    EXPECT_NE(file.error().find(path.string()), std::string::npos) << file.error();
  }
}

TEST_F(NewFileTest, ALinkStaysALink) {
  std::ofstream(folder_ / "target") << "before";
  std::filesystem::create_symlink("target", folder_ / "link");
  auto file = NewFile::create(folder_ / "link");
  ASSERT_TRUE(file->write("after"));
  ASSERT_TRUE(file->publish());
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(content(folder_ / "target"), "after");
}

}  // namespace
}  // namespace hourglass::cli
