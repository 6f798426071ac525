// What the engine expects of file operations, asked of the machine's and of the simulated ones alike.

#include <cerrno>
#include <filesystem>
#include <functional>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "engine/files/directory_lock.hpp"
#include "engine/files/posix_file_system.hpp"
#include "engine/testing/simulated_file_system.hpp"

namespace hourglass::engine {
namespace {

class FileSystemContract : public ::testing::TestWithParam<std::function<std::unique_ptr<FileSystem>()>> {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "hourglass-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    files_ = GetParam()();
    ASSERT_TRUE(files_->make_directory(root_ / "d"));
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::filesystem::path root_;
  std::unique_ptr<FileSystem> files_;
};

TEST_P(FileSystemContract, WhatIsWrittenIsRead) {
  const auto file = files_->create(root_ / "d/a");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write_at(3, "hello"));
  ASSERT_TRUE((*file)->sync());
  EXPECT_EQ(*(*file)->size(), 8U);
  std::string read(10, 'x');
  EXPECT_EQ(*(*file)->read_at(0, read), 8U);
  EXPECT_EQ(read, std::string("\0\0\0hello", 8) + "xx");
  EXPECT_EQ(*(*file)->read_at(100, read), 0U);
  EXPECT_EQ(*read_whole(*files_, root_ / "d/a"), std::string("\0\0\0hello", 8));
}

TEST_P(FileSystemContract, ReservedSpaceReadsAsZerosAndKeepsWhatIsThere) {
  const auto file = files_->create(root_ / "d/a");
  ASSERT_TRUE((*file)->write_at(0, "ab"));
  ASSERT_TRUE((*file)->allocate(5));
  ASSERT_TRUE((*file)->allocate(1));
  EXPECT_EQ(*read_whole(*files_, root_ / "d/a"), std::string("ab\0\0\0", 5));
}

TEST_P(FileSystemContract, NamesComeAndGo) {
  EXPECT_EQ(files_->open(root_ / "d/a").error().error_number, ENOENT);
  EXPECT_FALSE(*files_->exists(root_ / "d/a"));
  ASSERT_TRUE(files_->create(root_ / "d/b"));
  ASSERT_TRUE(files_->create(root_ / "d/a"));
  EXPECT_EQ(files_->create(root_ / "d/a").error().error_number, EEXIST);
  EXPECT_TRUE(*files_->exists(root_ / "d/a"));
  EXPECT_EQ(*files_->list(root_ / "d"), (std::vector<std::string>{"a", "b"}));
  ASSERT_TRUE(files_->rename(root_ / "d/a", root_ / "d/b"));
  EXPECT_EQ(*files_->list(root_ / "d"), std::vector<std::string>{"b"});
  ASSERT_TRUE(files_->sync_directory(root_ / "d"));
  ASSERT_TRUE(files_->remove(root_ / "d/b"));
  EXPECT_EQ(files_->remove(root_ / "d/b").error().error_number, ENOENT);
  EXPECT_TRUE(files_->list(root_ / "d")->empty());
}

TEST_P(FileSystemContract, AnOpenFileOutlivesItsName) {
  const auto file = files_->create(root_ / "d/a");
  ASSERT_TRUE((*file)->write_at(0, "still here"));
  ASSERT_TRUE(files_->remove(root_ / "d/a"));
  std::string read(10, ' ');
  EXPECT_EQ(*(*file)->read_at(0, read), 10U);
  EXPECT_EQ(read, "still here");
}

TEST_P(FileSystemContract, ADurableWriteReplacesWhatAnEarlierAttemptLeft) {
  ASSERT_TRUE(files_->create(root_ / "d/a.unfinished"));
  ASSERT_TRUE(write_durably(*files_, root_ / "d/a", "content"));
  EXPECT_EQ(*read_whole(*files_, root_ / "d/a"), "content");
  EXPECT_FALSE(*files_->exists(root_ / "d/a.unfinished"));
}

TEST_P(FileSystemContract, MakingADirectoryTwiceIsNoFault) {
  EXPECT_TRUE(files_->make_directory(root_ / "d"));
  EXPECT_GT(files_->space(root_ / "d")->total_bytes, 0U);
}

INSTANTIATE_TEST_SUITE_P(Posix, FileSystemContract,
                         ::testing::Values([] { return std::make_unique<PosixFileSystem>(); }));
INSTANTIATE_TEST_SUITE_P(Simulated, FileSystemContract,
                         ::testing::Values([] { return std::make_unique<SimulatedFileSystem>(); }));

}  // namespace
}  // namespace hourglass::engine
