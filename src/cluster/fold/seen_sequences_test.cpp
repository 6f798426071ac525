#include "cluster/fold/seen_sequences.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::cluster {
namespace {

TEST(SeenSequencesTest, ALateSequenceCountsOnce) {
  SeenSequences seen;
  EXPECT_TRUE(seen.mark(1));
  EXPECT_TRUE(seen.mark(6));
  EXPECT_TRUE(seen.mark(5));
  EXPECT_FALSE(seen.mark(5));
  EXPECT_FALSE(seen.mark(6));
  EXPECT_FALSE(seen.mark(1));
  EXPECT_TRUE(seen.mark(3));
  EXPECT_EQ(seen.text(), "6:2-2,4-4");
  EXPECT_TRUE(seen.mark(2));
  EXPECT_TRUE(seen.mark(4));
  EXPECT_EQ(seen.text(), "6");
}

TEST(SeenSequencesTest, IsASetOfWhatOccurred) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 200; ++round) {
    SeenSequences seen;
    std::set<std::uint64_t> plain;
    for (int step = 0; step < 200; ++step) {
      const std::uint64_t sequence = 1 + random() % 150;
      ASSERT_EQ(seen.mark(sequence), plain.insert(sequence).second);
    }
    EXPECT_EQ(SeenSequences::from_text(seen.text()), seen);
  }
}

TEST(SeenSequencesTest, ForgetsTheLowestOfTooManyRanges) {
  SeenSequences seen;
  for (std::uint64_t range = 1; range <= SeenSequences::kMostMissingRanges + 1; ++range)
    EXPECT_TRUE(seen.mark(2 * range));
  EXPECT_EQ(seen.missing().size(), SeenSequences::kMostMissingRanges);
  EXPECT_FALSE(seen.mark(1));
  EXPECT_TRUE(seen.mark(3));
  EXPECT_TRUE(seen.mark(1'000'000));
  EXPECT_TRUE(seen.mark(500'000));  // splits a range
  EXPECT_EQ(seen.missing().size(), SeenSequences::kMostMissingRanges);
}

TEST(SeenSequencesTest, ReadsNoOtherText) {
  for (const char* text : {"", "x", "5:", "5:3", "5:3-", "5:4-3", "5:0-1", "5:4-5", "9:2-3,4-5", "9:2-3,2-5",
                           "9,2-3", "9:2-3 ", "-1", "99999999999999999999"})
    EXPECT_FALSE(SeenSequences::from_text(text)) << text;
  EXPECT_TRUE(SeenSequences::from_text("9:2-3,5-8"));
}

}  // namespace
}  // namespace hourglass::cluster
