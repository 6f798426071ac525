#include "cluster/reading/ends_history.hpp"

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

using std::chrono::milliseconds;

std::vector<Offset> offsets(std::int64_t first, std::int64_t second) {
  return {Offset{first}, Offset{second}};
}

TEST(EndsHistoryTest, TheLagIsTheAgeOfTheNewestEndsThatAreInTheAnswer) {
  EndsHistory history;
  EXPECT_EQ(history.lag(offsets(9, 9), milliseconds{100}), std::nullopt);
  history.add(milliseconds{100}, offsets(1, 1));
  history.add(milliseconds{200}, offsets(2, 5));
  history.add(milliseconds{300}, offsets(3, 5));
  EXPECT_EQ(history.lag(offsets(3, 5), milliseconds{350}), milliseconds{50});
  EXPECT_EQ(history.lag(offsets(2, 9), milliseconds{350}), milliseconds{150});
  EXPECT_EQ(history.lag(offsets(9, 4), milliseconds{350}), milliseconds{250});
  EXPECT_EQ(history.lag(offsets(0, 9), milliseconds{350}), std::nullopt);
}

TEST(EndsHistoryTest, DoesNotBelieveALogThatShrinks) {
  EndsHistory history;
  EXPECT_TRUE(history.add(milliseconds{100}, offsets(5, 5)));
  EXPECT_FALSE(history.add(milliseconds{200}, offsets(9, 4)));
  EXPECT_TRUE(history.add(milliseconds{300}, offsets(5, 6)));
  EXPECT_EQ(history.lag(offsets(9, 5), milliseconds{350}), milliseconds{250});
}

TEST(EndsHistoryTest, NeverSaysLessThanItIs) {
  EndsHistory history;
  history.add(std::chrono::microseconds{100'000}, offsets(1, 1));
  EXPECT_EQ(history.lag(offsets(1, 1), std::chrono::microseconds{100'001}), milliseconds{1});
}

TEST(EndsHistoryTest, ReachesFarBackWithFewEntries) {
  EndsHistory history;
  constexpr std::int64_t kAdded = 100 * EndsHistory::kMostEntries;
  for (std::int64_t at = 0; at < kAdded; ++at)
    history.add(milliseconds{at}, offsets(at, 0));
  EXPECT_EQ(history.lag(offsets(0, 0), milliseconds{kAdded}), milliseconds{kAdded});
  const auto half = history.lag(offsets(kAdded / 2, 0), milliseconds{kAdded});
  ASSERT_TRUE(half);
  EXPECT_GE(*half, milliseconds{kAdded / 2});
}

}  // namespace
}  // namespace hourglass::cluster
