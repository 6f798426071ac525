#include "cli/input/followed_log.hpp"

#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "base/testing/scratch_directory.hpp"
#include "cli/input/testing/compressed.hpp"
#include "cli/input/testing/log_sender.hpp"

namespace hourglass::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class FollowedLogTest : public ::testing::Test {
 protected:
  void rename(const std::string& from, const std::string& to) const {
    fs::rename(scratch_ / from, scratch_ / to);
  }

  /// As gzip and zstd do it: the time of the file stays.
  void compress(const std::string& name, const std::string& end) const {
    std::ifstream file(scratch_ / name, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto written = fs::last_write_time(scratch_ / name);
    scratch_.write(name + end, end == ".gz" ? gzip(text) : zstd(text));
    fs::last_write_time(scratch_ / (name + end), written);
    fs::remove(scratch_ / name);
  }

  void copy_and_empty(const std::string& from, const std::string& to) const {
    fs::copy_file(scratch_ / from, scratch_ / to);
    fs::resize_file(scratch_ / from, 0);
  }

  /// Starts, takes all there is, keeps the position and is killed.
  void run() {
    ASSERT_EQ(sender_.start(), "");
    ASSERT_EQ(sender_.take(), "");
    ASSERT_EQ(sender_.keep(), "");
    sender_.kill();
  }

  base::ScratchDirectory scratch_;
  LogSender sender_{scratch_};
};

TEST_F(FollowedLogTest, GivesLinesAsTheyAreWritten) {
  scratch_.write("log", "1 a\n1 a\n2 b");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a", "1 a")) << "the rest of the cut line may come";
  scratch_.append("log", "c\n");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a", "1 a", "2 bc"));
  EXPECT_THAT(sender_.sent, UnorderedElementsAre("1 a#0", "1 a#1", "2 bc#0"));
  EXPECT_THAT(sender_.notices, IsEmpty());
}

TEST_F(FollowedLogTest, WaitsForALogThatIsNotThereYet) {
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  scratch_.write("log", "");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, IsEmpty());
  scratch_.append("log", "1 a\n");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a"));
}

TEST_F(FollowedLogTest, BeginsWithTheLogAndNotWithWhatWasRotatedBefore) {
  scratch_.write("log.1", "1 old\n");
  scratch_.write("log", "2 a\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("2 a"));
}

TEST_F(FollowedLogTest, FindsWhatWasRotatedBeforeTheFirstLineWasSeen) {
  ASSERT_EQ(sender_.start(), "");
  sender_.kill();
  std::this_thread::sleep_for(std::chrono::milliseconds{20});  // times of files are coarse
  scratch_.write("log", "1 a\n");
  rename("log", "log.1");
  scratch_.write("log", "2 b\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a", "2 b"));
}

TEST_F(FollowedLogTest, WaitsNoLongerThanItIsToldAndUntilItIsStopped) {
  const engine::Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  scratch_.write("log", "1 a\n");
  auto log = FollowedLog::open(
      {scratch_ / "log", scratch_ / "position", scratch_.path(), {stop.number()}, [](const std::string&) {}});
  ASSERT_TRUE(log) << log.error();
  EXPECT_TRUE(std::holds_alternative<FollowedLine>(*log->next(std::chrono::hours(1))));
  EXPECT_EQ(std::get<NoLine>(*log->next(std::chrono::milliseconds(1))), NoLine::not_yet);
  std::thread stopper([&] { EXPECT_EQ(::eventfd_write(stop.number(), 1), 0); });
  EXPECT_EQ(std::get<NoLine>(*log->next(std::chrono::hours(1))), NoLine::stopped);
  stopper.join();
}

TEST_F(FollowedLogTest, FollowsARenamedLogToItsEnd) {
  scratch_.write("log", "1 a\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  rename("log", "log.1");
  scratch_.append("log.1", "2 late\n");
  ASSERT_EQ(sender_.take(), "");
  scratch_.write("log", "");
  ASSERT_EQ(sender_.take(), "");
  scratch_.append("log.1", "3 later\n");
  ASSERT_EQ(sender_.take(), "");
  scratch_.append("log.1", "4 cut");
  scratch_.append("log", "4 b\n");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a", "2 late", "3 later", "4 cut (cut)", "4 b"));
  EXPECT_THAT(sender_.notices, IsEmpty());
}

TEST_F(FollowedLogTest, WaitsForTheWriterToTakeTheNewLog) {
  sender_.grace = std::chrono::hours(1);
  scratch_.write("log", "1 a\n");
  ASSERT_EQ(sender_.start(), "");
  rename("log", "log.1");
  scratch_.write("log", "2 b\n");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a"));
  fs::last_write_time(scratch_ / "log.1", fs::file_time_type::clock::now() - std::chrono::hours(2));
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a", "2 b"));
}

TEST_F(FollowedLogTest, SaysThatAWriterGoesOnWithTheOldLog) {
  scratch_.write("log", "1 a\n");
  ASSERT_EQ(sender_.start(), "");
  rename("log", "log.1");
  scratch_.write("log", "2 b\n");
  ASSERT_EQ(sender_.take(), "");
  scratch_.append("log.1", "3 c\n");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.notices, ElementsAre(HasSubstr("was written to after it had been rotated")));
}

TEST_F(FollowedLogTest, FollowsSeveralRotationsWhileItWasBusy) {
  scratch_.write("log", "1 a\n2 b\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(1), "");
  rename("log", "log.2");
  compress("log.2", ".gz");
  scratch_.write("log", "3 c\n");
  rename("log", "log.1");
  scratch_.write("log", "4 d\n");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a", "2 b", "3 c", "4 d"));
}

TEST_F(FollowedLogTest, ReadsTheCopyOfALogThatWasEmptied) {
  scratch_.write("log", "1 a\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  scratch_.append("log", "2 b\n");
  copy_and_empty("log", "log.1");
  scratch_.append("log", "3 c, which is longer than all before\n");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a", "2 b", "3 c, which is longer than all before"));
  EXPECT_THAT(sender_.notices, ElementsAre(HasSubstr("its last lines are read from")));
}

TEST_F(FollowedLogTest, SaysWhatMayBeMissingOfALogThatWasEmptied) {
  scratch_.write("log", "1 a\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  fs::resize_file(scratch_ / "log", 0);
  ASSERT_EQ(sender_.take(), "");
  scratch_.append("log", "1 a\n");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.sent, UnorderedElementsAre("1 a#0", "1 a#1"));
  EXPECT_THAT(sender_.notices, ElementsAre(HasSubstr("lines behind byte 4 of it may be missing")));
}

TEST_F(FollowedLogTest, ReadsALogAgainThatHasBecomeShorter) {
  scratch_.write("log", std::string(2'000, '1') + " a\n2 b\n");
  run();
  fs::resize_file(scratch_ / "log", 2'003);
  scratch_.append("log", "3\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_EQ(sender_.given.size(), 2U);
  EXPECT_EQ(sender_.sent.size(), 4U);
  EXPECT_EQ(std::set<std::string>(sender_.sent.begin(), sender_.sent.end()).size(), 3U) << "no new id";
  fs::resize_file(scratch_ / "log", 2'003);
  ASSERT_EQ(sender_.take(), "");
  EXPECT_EQ(std::set<std::string>(sender_.sent.begin(), sender_.sent.end()).size(), 3U) << "no new id";
  EXPECT_EQ(sender_.notices.size(), 2U);
}

TEST_F(FollowedLogTest, GoesOnWhereItWasAcknowledged) {
  scratch_.write("log", "1 a\n1 a\n");
  run();
  scratch_.append("log", "1 a\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("replayed 1 a", "replayed 1 a", "1 a"));
  EXPECT_THAT(sender_.sent, UnorderedElementsAre("1 a#0", "1 a#1", "1 a#2"));
}

TEST_F(FollowedLogTest, GivesWhatWasNotAcknowledgedTheSameIdAgain) {
  scratch_.write("log", "1 a\n1 a\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(1), "");
  ASSERT_EQ(sender_.keep(), "");
  ASSERT_EQ(sender_.take(), "");
  sender_.kill();
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.sent, UnorderedElementsAre("1 a#0", "1 a#1", "1 a#1"));
}

TEST_F(FollowedLogTest, FindsAGenerationThatWasRotatedWhileItWasDown) {
  scratch_.write("log", "1 a\n");
  run();
  scratch_.append("log", "2 b\n");
  rename("log", "log-20240131");
  scratch_.write("log", "3 c\n");
  run();
  EXPECT_THAT(sender_.given, ElementsAre("replayed 1 a", "2 b", "3 c"));
}

TEST_F(FollowedLogTest, FindsSeveralGenerationsThatWereCompressedMeanwhile) {
  scratch_.write("log", "1 a\n");
  run();
  scratch_.append("log", "2 b\n");
  rename("log", "log.3");
  compress("log.3", ".gz");
  scratch_.write("log", "3 c\n");
  rename("log", "log.2");
  compress("log.2", ".zst");
  scratch_.write("log", "4 d\n");
  rename("log", "log.1");
  scratch_.write("log", "");
  run();
  EXPECT_THAT(sender_.given, ElementsAre("replayed 1 a", "2 b", "3 c", "4 d"));
  scratch_.append("log", "5 e\n");
  run();
  EXPECT_THAT(sender_.given, ElementsAre("replayed 4 d", "5 e"));
}

TEST_F(FollowedLogTest, FindsTheCopyOfALogThatWasEmptiedWhileItWasDown) {
  scratch_.write("log", "1 a\n");
  run();
  scratch_.append("log", "2 b\n");
  copy_and_empty("log", "log.1");
  scratch_.append("log", "3 c\n");
  run();
  EXPECT_THAT(sender_.given, ElementsAre("replayed 1 a", "2 b", "3 c"));
}

TEST_F(FollowedLogTest, ReadsNoFileThatIsStillBeingCompressed) {
  scratch_.write("log", "1 a\n");
  run();
  scratch_.append("log", "2 b\n");
  rename("log", "log.1");
  scratch_.write("log.1.gz", gzip("1 a\n2 b\n").substr(0, 12));
  scratch_.write("log", "3 c\n");
  run();
  EXPECT_THAT(sender_.given, ElementsAre("replayed 1 a", "2 b", "3 c"));
}

TEST_F(FollowedLogTest, PassesOverOtherLogsAndCopies) {
  scratch_.write("log.2", "0 old\n");
  scratch_.write("log", "1 a\n");
  run();
  rename("log", "log.1");
  scratch_.write("log", "2 b\n");
  scratch_.write("log-admin", "3 another log\n");
  scratch_.write("log.2.copy", "0 old\n");
  run();
  EXPECT_THAT(sender_.given, ElementsAre("replayed 1 a", "2 b"));
  EXPECT_THAT(sender_.notices, ElementsAre(HasSubstr("log-admin is passed over")));
}

TEST_F(FollowedLogTest, CountsOnAcrossARotationAndARestart) {
  scratch_.write("log", "1 first\n5 a\n5 a\n");
  run();
  rename("log", "log.1");
  scratch_.write("log", "5 a\n6 b\n");
  run();
  scratch_.append("log", "5 a\n");
  run();
  EXPECT_THAT(sender_.given, ElementsAre("replayed 5 a", "replayed 6 b", "5 a"));
  EXPECT_THAT(sender_.sent, UnorderedElementsAre("1 first#0", "5 a#0", "5 a#1", "5 a#2", "6 b#0", "5 a#3"));
}

TEST_F(FollowedLogTest, KeepsOnlyTheCountsThatItNeeds) {
  scratch_.write("log", "1 a\n");
  for (int generation = 2; generation < 6; ++generation) {
    run();
    rename("log", "log." + std::to_string(10 - generation));
    scratch_.write("log", std::to_string(generation) + " b\n");
  }
  run();
  std::size_t counts = 0;
  for (const auto& entry : fs::directory_iterator(scratch_.path()))
    counts += entry.path().filename().string().starts_with("log.position.counts-") ? 1 : 0;
  EXPECT_EQ(counts, 1U);
}

TEST_F(FollowedLogTest, SaysThatSomethingMayBeMissingWhenTheCurrentGenerationIsRemoved) {
  scratch_.write("log", "1 a\n");
  ASSERT_EQ(sender_.start(), "");
  ASSERT_EQ(sender_.take(), "");
  fs::remove(scratch_ / "log");
  scratch_.write("log", "2 b\n");
  ASSERT_EQ(sender_.take(), "");
  EXPECT_THAT(sender_.given, ElementsAre("1 a", "2 b"));
  EXPECT_THAT(sender_.notices, ElementsAre(HasSubstr("has been removed")));
}

TEST_F(FollowedLogTest, SaysHowToGoOnWhenItsGenerationIsGone) {
  scratch_.write("log", "1 a\n");
  run();
  fs::remove(scratch_ / "log");
  scratch_.write("log", "2 b\n");
  EXPECT_EQ(
      sender_.start(),
      "the file in which " + (scratch_ / "log.position").string() +
          " stands (line 1, byte 4) is no longer among " + (scratch_ / "log").string() +
          "*: the lines behind that, and those of files that were rotated since, may be missing; send by "
          "hand what may be missing, which counts nothing twice, then remove " +
          (scratch_ / "log.position").string() + " to start anew with " + (scratch_ / "log").string());
}

TEST_F(FollowedLogTest, RefusesToGuessBetweenFilesThatBeginAlike) {
  scratch_.write("log", "1 header\n");
  run();
  scratch_.append("log", "2 a\n");
  rename("log", "log.2");
  compress("log.2", ".gz");
  scratch_.write("log", "1 header\n3 b\n");
  EXPECT_THAT(sender_.start(), HasSubstr(" begin as the file in which "));
}

TEST_F(FollowedLogTest, SaysWhichRotatedFileItCannotRead) {
  scratch_.write("log", "1 a\n");
  run();
  rename("log", "log.2");
  scratch_.write("log.1.xz", std::string("\xFD"
                                         "7zXZ\0",
                                         6));
  scratch_.write("log", "3 c\n");
  ASSERT_EQ(sender_.start(), "");
  EXPECT_EQ(sender_.take(), (scratch_ / "log.1.xz").string() +
                                " is compressed with xz, which cannot be read here; decompress it first");
}

TEST_F(FollowedLogTest, RefusesWhatIsNoFile) {
  fs::create_directory(scratch_ / "log");
  EXPECT_EQ(sender_.start(), (scratch_ / "log").string() + " cannot be followed: it is not a regular file");
}

TEST_F(FollowedLogTest, RefusesAPositionThatIsDamagedOrOfAnotherLog) {
  scratch_.write("log", "1 a\n");
  run();
  fs::resize_file(scratch_ / "log.position", 50);
  EXPECT_THAT(sender_.start(), HasSubstr("log.position is damaged; to start anew remove it"));
  fs::remove(scratch_ / "log.position");
  run();
  const auto other = FollowedLog::open(
      {scratch_ / "other", scratch_ / "log.position", scratch_.path(), {}, [](const std::string&) {}});
  EXPECT_THAT(other.error(), HasSubstr("every log needs a position file of its own"));
}

TEST_F(FollowedLogTest, RefusesALogThatIsCompressed) {
  scratch_.write("log", gzip("1 a\n"));
  EXPECT_EQ(sender_.start(), (scratch_ / "log").string() +
                                 " is compressed; only what is written as plain lines can be followed");
}

}  // namespace
}  // namespace hourglass::cli
