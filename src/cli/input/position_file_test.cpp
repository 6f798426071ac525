#include "cli/input/position_file.hpp"

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/testing/scratch_directory.hpp"
#include "base/testing/test_seed.hpp"
#include "engine/files/posix_file_system.hpp"

namespace hourglass::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

LogPosition sample() {
  return {"/var/log/nginx/access.log", LogBeginning::of("beginning"), {131'090, 17}, 73'311, 412, -5, 0xA1};
}

class PositionFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream file(scratch_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  [[nodiscard]] std::string failure() {
    const auto position = file_.read(sample().log);
    return position ? "" : position.error();
  }

  base::ScratchDirectory scratch_;
  engine::PosixFileSystem files_;
  PositionFile file_{files_, scratch_ / "position"};
};

TEST(LogPosition, IsWrittenFieldByField) {
  LogPosition position = sample();
  position.beginning = {9, 0x1F};
  EXPECT_THAT(to_text(position), HasSubstr("hourglass position 1\nlog /var/log/nginx/access.log\n"
                                           "beginning 9 000000000000001f\nfile 131090 17\noffset 73311\n"
                                           "line 412\nsince -5\ncounts 00000000000000a1\nchecksum "));
}

TEST(LogBeginning, IsThatOfEveryTextThatBeginsSo) {
  const std::string text(2'000, 'x');
  EXPECT_TRUE(LogBeginning::of("ab").begins("ab"));
  EXPECT_TRUE(LogBeginning::of("ab").begins("abc"));
  EXPECT_FALSE(LogBeginning::of("ab").begins("a"));
  EXPECT_FALSE(LogBeginning::of("ab").begins("acb"));
  EXPECT_TRUE(LogBeginning::of("").begins(""));
  EXPECT_EQ(LogBeginning::of(text), LogBeginning::of(text + "y")) << "only so much counts";
}

TEST_F(PositionFileTest, GivesBackWhatItKeeps) {
  EXPECT_EQ(*file_.read("/log"), std::nullopt);
  ASSERT_TRUE(file_.write(sample()));
  EXPECT_EQ(**file_.read(sample().log), sample());
  LogPosition later = sample();
  later.offset = 80'000;
  ASSERT_TRUE(file_.write(later));
  EXPECT_EQ(**file_.read(sample().log), later);
  struct stat status {};
  ASSERT_EQ(::stat((scratch_ / "position").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(PositionFileTest, RefusesEveryFileThatIsCutOffOrDamaged) {
  const std::string text = to_text(sample());
  for (std::size_t size = 0; size < text.size(); ++size) {
    scratch_.write("position", text.substr(0, size));
    ASSERT_THAT(failure(), HasSubstr((scratch_ / "position").string() + " is ")) << size;
    ASSERT_THAT(failure(), HasSubstr("to start anew remove it, and send by hand"));
  }
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    scratch_.write("position", damaged);
    ASSERT_NE(failure(), "") << bit;
  }
  scratch_.write("position", text + "\n");
  EXPECT_THAT(failure(), HasSubstr(" is damaged; "));
}

TEST_F(PositionFileTest, SaysWhatElseAFileIs) {
  scratch_.write("position", "some other file\n");
  EXPECT_THAT(failure(), HasSubstr(" is not a position file; "));
  scratch_.write("position", "hourglass position 2\nwhatever\n");
  EXPECT_THAT(failure(), HasSubstr(" was written by a newer version of this program; "));
  ASSERT_TRUE(file_.write(sample()));
  EXPECT_EQ(
      file_.read("/var/log/other.log").error(),
      (scratch_ / "position").string() +
          " holds the position in /var/log/nginx/access.log, not in /var/log/other.log; every log needs a "
          "position file of its own");
}

TEST_F(PositionFileTest, KeepsCountsInFilesOfTheirOwn) {
  std::mt19937_64 random(base::test_seed());
  std::vector<Occurrence> counts;
  counts.reserve(1'000);
  for (int i = 0; i < 1'000; ++i)
    counts.push_back({{core::Timestamp{random()}, {random(), random()}}, random()});
  const auto name = file_.write_counts(counts);
  ASSERT_TRUE(name) << name.error();
  EXPECT_EQ(*file_.read_counts(*name), counts);
  EXPECT_EQ(*file_.write_counts({}), 0U);
  EXPECT_THAT(*file_.read_counts(0), IsEmpty());
  const auto other = file_.write_counts(std::span(counts).first(10));
  file_.keep_counts({*other});
  EXPECT_THAT(file_.read_counts(*name).error(), HasSubstr("No such file or directory; without it "));
  EXPECT_EQ(file_.read_counts(*other)->size(), 10U);
  EXPECT_FALSE(file_.owns(scratch_ / "position-of-another"));
  for (const auto& entry : std::filesystem::directory_iterator(scratch_.path()))
    EXPECT_TRUE(file_.owns(entry.path()));
}

TEST_F(PositionFileTest, RefusesCountsThatAreDamaged) {
  const auto name = file_.write_counts(std::vector<Occurrence>{{{core::Timestamp{1}, {2, 3}}, 4}});
  const std::string path = std::filesystem::directory_iterator(scratch_.path())->path().filename();
  std::string text = content(path);
  text.back() = static_cast<char>(text.back() ^ 1);
  scratch_.write(path, text);
  EXPECT_THAT(file_.read_counts(*name).error(), HasSubstr(path + " is damaged; without it "));
}

TEST_F(PositionFileTest, NamesWhatItCannotWrite) {
  PositionFile file(files_, "/dev/null/position");
  EXPECT_THAT(file.write(sample()).error(), HasSubstr("/dev/null/position"));
  EXPECT_THAT(file.read("/log").error(), HasSubstr("/dev/null/position"));
}

}  // namespace
}  // namespace hourglass::cli
