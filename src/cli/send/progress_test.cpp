#include "cli/send/progress.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace hourglass::cli {
namespace {

using namespace std::chrono_literals;

TEST(ProgressText, NamesRateAndRemainingTime) {
  EXPECT_EQ(progress_text({"access.log", 1'200'000, 250'000'000, 1'000'000'000, 4s, ""}),
            "access.log: 1200000 lines, 25% of 1.0 GB, 300000 lines/s, 0:12 left");
  EXPECT_EQ(progress_text({"a", 10, 1, 4000, 3s, ""}), "a: 10 lines, 0% of 4.0 kB, 3 lines/s, 3:19:57 left");
}

TEST(ProgressText, KnowsNoEndOfAPipe) {
  EXPECT_EQ(progress_text({"-", 5, 999, 0, 500ms, "503 storage_full: the disk is full"}),
            "-: 5 lines, 999 bytes, 10 lines/s; tries again: 503 storage_full: the disk is full");
}

TEST(ProgressText, StandsAllAtTheBeginningAndBehindTheEnd) {
  EXPECT_EQ(progress_text({"a", 0, 0, 10, 0ms, ""}), "a: 0 lines, 0% of 10 bytes, 0 lines/s");
  EXPECT_EQ(progress_text({"a", 1, 20, 10, 1s, ""}), "a: 1 lines, 100% of 10 bytes, 1 lines/s");
}

TEST(Progress, WritesOverItsLineOnATerminal) {
  std::ostringstream stream;
  Progress progress(stream, true);
  progress.show({"a", 0, 0, 10, 0ms, ""});
  progress.show({"a", 0, 0, 10, 0ms, ""});
  progress.clear();
  progress.clear();
  const std::string line = progress_text({"a", 0, 0, 10, 0ms, ""});
  EXPECT_EQ(stream.str(), line + "\r\033[K" + line + "\r\033[K");
}

TEST(Progress, WritesPlainLinesElsewhere) {
  std::ostringstream stream;
  Progress progress(stream, false);
  progress.show({"a", 0, 0, 10, 0ms, ""});
  progress.clear();
  EXPECT_EQ(stream.str(), progress_text({"a", 0, 0, 10, 0ms, ""}) + "\n");
}

}  // namespace
}  // namespace hourglass::cli
