#include "cli/input/log_generations.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/scratch_directory.hpp"
#include "cli/input/testing/compressed.hpp"

namespace hourglass::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LogGenerationsTest : public ::testing::Test {
 protected:
  /// Writes a file that was last written so many seconds ago.
  void write(const std::string& name, const std::string& content, int seconds_ago) const {
    fs::last_write_time(scratch_.write(name, content), now_ - std::chrono::seconds(seconds_ago));
  }

  [[nodiscard]] std::vector<LogGeneration> find() const {
    auto found = find_generations(scratch_ / "log",
                                  [](const fs::path& path) { return path.filename() == "log.position"; });
    EXPECT_TRUE(found) << found.error();
    return *found;
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const LogGeneration& generation : find())
      names.push_back(generation.path.filename());
    return names;
  }

  base::ScratchDirectory scratch_;
  fs::file_time_type now_ = fs::file_time_type::clock::now();
};

TEST(RotatedNames, HaveANumberOrADateBehindTheNameOfTheLog) {
  for (const char* name :
       {"log.1", "log.2.gz", "log-20240131", "log-20240131.zst", "log_2024-01-31", "log.old"})
    EXPECT_TRUE(is_rotated_name(name, "log")) << name;
  for (const char* name : {"log", "log-admin", "log.gz", "logs.1", "log.", "log1", "lo", "log.older"})
    EXPECT_FALSE(is_rotated_name(name, "log")) << name;
}

TEST_F(LogGenerationsTest, AreInTheOrderOfTheirNumbersAndTheLogIsTheLast) {
  write("log", "a", 100);
  write("log.1", "b", 10);
  write("log.10", "c", 5);  // copied, or compressed by a program that does not keep the time
  write("log.2.gz", gzip("d"), 20);
  EXPECT_THAT(names(), ElementsAre("log.10", "log.2.gz", "log.1", "log"));
  EXPECT_EQ(find()[1].beginning, "d");
  EXPECT_FALSE(find()[1].is_plain);
}

TEST_F(LogGenerationsTest, AreInTheOrderOfTheirDates) {
  write("log-20240102", "a", 30);
  write("log-20240101.gz", gzip("b"), 1);
  write("log-20231231.zst", zstd("c"), 2);
  write("log", "d", 0);
  EXPECT_THAT(names(), ElementsAre("log-20231231.zst", "log-20240101.gz", "log-20240102", "log"));
}

TEST_F(LogGenerationsTest, AreInTheOrderInWhichTheyWereWrittenWhereTheNamesSayNothing) {
  write("log.old", "a", 30);
  write("log.1", "b", 20);
  write("log-20240101", "c", 10);
  write("log.else", "d", 25);
  EXPECT_THAT(names(), ElementsAre("log.old", "log.else", "log.1", "log-20240101"));
}

TEST_F(LogGenerationsTest, AreNoCopiesAndNoOtherFiles) {
  write("log", "a", 0);
  write("log.copy", "a", 10);
  write("log.1", "b", 10);
  write("log.1.copy", "b", 5);
  write("log.2.gz", gzip("c"), 30);
  write("log.copied", "c", 5);
  write("log.3", "", 10);
  write("log.position", "position", 0);
  write("other", "other", 0);
  fs::create_directory(scratch_ / "log.4");
  EXPECT_THAT(names(), ElementsAre("log.2.gz", "log.1", "log"));
}

TEST_F(LogGenerationsTest, WhatIsStillBeingCompressedIsNotLookedAt) {
  write("log.1", "b", 10);
  write("log.1.gz", gzip("b").substr(0, 5), 0);
  EXPECT_THAT(names(), ElementsAre("log.1"));
}

TEST_F(LogGenerationsTest, SayWhyTheyCannotBeRead) {
  write("log.1.gz", gzip("some text").substr(0, 15), 0);
  EXPECT_EQ(find().at(0).failure,
            (scratch_ / "log.1.gz").string() + " is cut off: it ends within its compressed text");
}

TEST_F(LogGenerationsTest, AreNoneInAnEmptyDirectory) {
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(find_generations("/none/log", [](const fs::path&) { return false; }).error(),
            "cannot list /none: No such file or directory");
}

}  // namespace
}  // namespace hourglass::cli
