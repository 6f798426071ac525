// What the simulated disk does beside the contract that it shares with a real one: it fails when told to.

#include "engine/testing/simulated_file_system.hpp"

#include <cerrno>
#include <set>

#include <gtest/gtest.h>

namespace hourglass::engine {
namespace {

class SimulatedFileSystemTest : public ::testing::Test {
 protected:
  /// A file that is durable with this content.
  std::unique_ptr<File> durable_file(const std::string& path, const std::string& content) {
    auto file = files_.create(path);
    EXPECT_TRUE((*file)->write_at(0, content));
    EXPECT_TRUE((*file)->sync());
    EXPECT_TRUE(files_.sync_directory("/d"));
    return std::move(*file);
  }

  SimulatedFileSystem files_;
};

TEST_F(SimulatedFileSystemTest, FailsOneCallAndWritesHalfOfIt) {
  const auto file = durable_file("/d/a", "");
  files_.fail_call(files_.calls() + 2, EIO);
  EXPECT_TRUE(file->write_at(0, "abcd"));
  EXPECT_EQ(file->write_at(4, "efgh").error().error_number, EIO);
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(*read_whole(files_, "/d/a"), "abcdef");
}

TEST_F(SimulatedFileSystemTest, FailsEverythingFromACallOn) {
  const auto file = durable_file("/d/a", "x");
  files_.fail_from(files_.calls() + 2, EIO);
  EXPECT_TRUE(file->write_at(0, "a"));
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(files_.remove("/d/a"));
  EXPECT_FALSE(files_.create("/d/b"));
  EXPECT_FALSE(files_.rename("/d/a", "/d/b"));
  files_.fail_from(0, 0);
  EXPECT_TRUE(files_.remove("/d/a"));
}

TEST_F(SimulatedFileSystemTest, FailsOneRead) {
  const auto file = durable_file("/d/a", "content");
  files_.fail_read(files_.reads() + 2, EIO);
  EXPECT_TRUE(files_.open("/d/a"));
  std::string read(7, ' ');
  EXPECT_EQ(file->read_at(0, read).error().error_number, EIO);
  EXPECT_EQ(*file->read_at(0, read), 7U);
  EXPECT_EQ(read, "content");
}

TEST_F(SimulatedFileSystemTest, AFullDiskRefusesOnlyWhatTakesRoom) {
  const auto file = durable_file("/d/a", "1234");
  files_.set_full(true);
  EXPECT_EQ(files_.create("/d/b").error().error_number, ENOSPC);
  EXPECT_EQ(file->allocate(5).error().error_number, ENOSPC);
  EXPECT_EQ(file->write_at(3, "45").error().error_number, ENOSPC);
  EXPECT_TRUE(file->write_at(0, "abcd"));
  EXPECT_TRUE(file->allocate(4));
  EXPECT_TRUE(file->sync());
  EXPECT_TRUE(files_.rename("/d/a", "/d/b"));
  EXPECT_TRUE(files_.remove("/d/b"));
  files_.set_full(false);
  EXPECT_TRUE(files_.create("/d/b"));
}

TEST_F(SimulatedFileSystemTest, WhatHappensMeanwhileComesFirst) {
  const auto file = durable_file("/d/a", "1234");
  std::string seen;
  files_.before_each_call([&] { seen = *read_whole(files_, "/d/a"); });
  EXPECT_TRUE(file->write_at(0, "abcd"));
  EXPECT_EQ(seen, "1234");
}

TEST_F(SimulatedFileSystemTest, APowerCutKeepsWhatWasSyncedAndDecidesAboutTheRest) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedFileSystem files;
    const auto file = files.create("/d/a");
    ASSERT_TRUE((*file)->write_at(0, "old"));
    ASSERT_TRUE((*file)->sync());
    ASSERT_TRUE(files.sync_directory("/d"));
    ASSERT_TRUE((*file)->write_at(0, "new"));
    ASSERT_TRUE(files.create("/d/b"));
    std::mt19937_64 random(seed);
    files.cut_power(random);
    outcomes.insert(*read_whole(files, "/d/a") + (*files.exists("/d/b") ? " b" : ""));
  }
  EXPECT_EQ(outcomes,
            (std::set<std::string>{"old", "old b", "nld", "nld b", "ned", "ned b", "new", "new b"}));
}

}  // namespace
}  // namespace hourglass::engine
