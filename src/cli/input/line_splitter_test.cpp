#include "cli/input/line_splitter.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "cli/input/testing/plain_lines.hpp"

namespace hourglass::cli {
namespace {

std::vector<KeptLine> split(std::string_view text, std::size_t max_line_bytes, std::size_t piece) {
  LineSplitter splitter(max_line_bytes);
  std::vector<KeptLine> lines;
  for (;;) {
    while (const auto line = splitter.next())
      lines.emplace_back(*line);
    EXPECT_EQ(splitter.end_offset(), lines.empty() ? 0 : lines.back().end_offset);
    if (text.empty())
      break;
    const auto room = splitter.room();
    const std::size_t bytes = std::min({piece, room.size(), text.size()});
    std::copy_n(text.data(), bytes, room.data());
    splitter.take(bytes);
    text.remove_prefix(bytes);
  }
  if (const auto rest = splitter.take_rest())
    lines.emplace_back(*rest);
  EXPECT_FALSE(splitter.take_rest());
  return lines;
}

TEST(LineSplitter, SplitsAtLineFeeds) {
  const auto lines = split("one\ntwo\r\n\n\r\nthree\r\r\nfo\rur", 100, 1000);
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0].text, "one");
  EXPECT_EQ(lines[1].text, "two");
  EXPECT_EQ(lines[2].text, "");
  EXPECT_EQ(lines[3].text, "");
  EXPECT_EQ(lines[4].text, "three\r");
  EXPECT_EQ(lines[5].text, "fo\rur");
  EXPECT_EQ(lines[5].number, 6U);
  EXPECT_EQ(lines[1].end_offset, 9U);
  EXPECT_FALSE(lines[4].is_cut);
  EXPECT_TRUE(lines[5].is_cut);
}

TEST(LineSplitter, GivesALineOfTheGreatestLengthAndNoLonger) {
  const std::string longest(kMaxLineBytes, 'x');
  const auto lines =
      split(longest + "\r\n" + longest + "x\n" + longest + "\nshort\n" + longest + "xx", kMaxLineBytes, 5000);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0].text, longest);
  EXPECT_TRUE(lines[1].is_too_long);
  EXPECT_EQ(lines[1].text, "");
  EXPECT_EQ(lines[1].end_offset, 2 * kMaxLineBytes + 4);
  EXPECT_EQ(lines[2].text, longest);
  EXPECT_EQ(lines[3].text, "short");
  EXPECT_TRUE(lines[4].is_too_long && lines[4].is_cut);
}

TEST(LineSplitter, KeepsNoMoreThanALineOfALineThatNeverEnds) {
  LineSplitter splitter;
  std::uint64_t taken = 0;
  for (int round = 0; round < 2'000; ++round) {
    const auto room = splitter.room();
    ASSERT_LE(room.size(), 2 * kMaxLineBytes);
    std::fill(room.begin(), room.end(), 'x');
    splitter.take(room.size());
    taken += room.size();
    ASSERT_FALSE(splitter.next());
    ASSERT_EQ(splitter.text_end(), taken);
  }
  splitter.room()[0] = '\n';
  splitter.take(1);
  const auto line = splitter.next();
  ASSERT_TRUE(line && line->is_too_long);
  EXPECT_EQ(line->end_offset, taken + 1);
}

TEST(LineSplitter, AgreesWithAPlainSplitter) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    const std::size_t size = random() % 200;
    while (text.size() < size)
      text += "\n\r\nab"[random() % 5];
    const std::size_t max_line_bytes = random() % 12;
    ASSERT_EQ(split(text, max_line_bytes, 1 + random() % 20), plain_lines(text, max_line_bytes))
        << ::testing::PrintToString(text) << " at most " << max_line_bytes;
  }
}

}  // namespace
}  // namespace hourglass::cli
