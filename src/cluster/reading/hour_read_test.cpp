#include "cluster/reading/hour_read.hpp"

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

constexpr Partition kFirst{0};
constexpr Partition kSecond{1};

PartialTotals totals(std::uint64_t clicks, std::int64_t next) {
  return {{clicks, clicks, 0}, Offset{next}};
}

TEST(HourReadTest, AddsUpThePartitionsOfTheHotStore) {
  HourRead read(core::Hour{7}, 2);
  EXPECT_FALSE(read.has_answer());
  read.offer_hot(kFirst, totals(2, 10));
  EXPECT_FALSE(read.is_done());
  read.offer_hot(kSecond, totals(3, 20));
  ASSERT_TRUE(read.is_done());
  const auto answer = read.answer();
  EXPECT_EQ(answer.totals, (core::Totals{5, 5, 0}));
  EXPECT_EQ(answer.next, (std::vector<Offset>{Offset{10}, Offset{20}}));
  EXPECT_FALSE(answer.is_from_cold);
}

TEST(HourReadTest, AsksTheColdStoreForWhatTheHotOneHasNot) {
  HourRead read(core::Hour{7}, 2);
  read.offer_hot(kFirst, totals(2, 10));
  read.offer_hot(kSecond, std::nullopt);
  EXPECT_TRUE(read.needs_cold());
  EXPECT_FALSE(read.needs_cold(kFirst));
  EXPECT_TRUE(read.needs_cold(kSecond));
  read.offer_cold(kSecond, Offset{4}, totals(1, 3));
  ASSERT_TRUE(read.is_done());
  EXPECT_TRUE(read.answer().is_from_cold);
  EXPECT_EQ(read.answer().totals.clicks, 3U);
}

TEST(HourReadTest, TakesOnlyWhatIsNewEnough) {
  HourRead read(core::Hour{7}, 1);
  read.require({Offset{10}});
  read.offer_hot(kFirst, totals(2, 9));
  EXPECT_FALSE(read.is_done());
  EXPECT_TRUE(read.has_answer());
  EXPECT_FALSE(read.needs_cold());
  read.offer_hot(kFirst, totals(3, 10));
  ASSERT_TRUE(read.is_done());
  EXPECT_EQ(read.answer().totals.clicks, 3U);
}

/// Nothing came for the hour since its own totals; or its totals are ahead of the progress.
TEST(HourReadTest, TheColdStoreVouchesByItsProgressAndByTheTotalsThemselves) {
  HourRead by_progress(core::Hour{7}, 1);
  by_progress.require({Offset{10}});
  by_progress.offer_hot(kFirst, std::nullopt);
  by_progress.offer_cold(kFirst, Offset{10}, totals(2, 3));
  EXPECT_TRUE(by_progress.is_done());
  EXPECT_EQ(by_progress.answer().next.front(), Offset{10});
  HourRead by_totals(core::Hour{7}, 1);
  by_totals.require({Offset{10}});
  by_totals.offer_hot(kFirst, std::nullopt);
  by_totals.offer_cold(kFirst, Offset{3}, totals(2, 12));
  EXPECT_TRUE(by_totals.is_done());
  EXPECT_EQ(by_totals.answer().next.front(), Offset{12});
}

TEST(HourReadTest, AsksTheHotStoreAgainAfterTheColdOneWasNotFarEnough) {
  HourRead read(core::Hour{7}, 1);
  read.require({Offset{10}});
  read.offer_hot(kFirst, std::nullopt);
  read.offer_cold(kFirst, Offset{4}, totals(1, 3));
  EXPECT_TRUE(read.needs_cold());
  read.ask_again();
  EXPECT_FALSE(read.needs_cold());
  EXPECT_FALSE(read.is_done());
  read.offer_hot(kFirst, totals(5, 11));
  EXPECT_TRUE(read.is_done());
  EXPECT_FALSE(read.answer().is_from_cold);
}

TEST(HourReadTest, KeepsTheNewestOfWhatIsNotNewEnough) {
  HourRead read(core::Hour{7}, 1);
  read.require({Offset{10}});
  read.offer_hot(kFirst, totals(4, 8));
  read.offer_hot(kFirst, totals(1, 2));
  EXPECT_EQ(read.answer().totals.clicks, 4U);
  EXPECT_EQ(read.answer().next.front(), Offset{8});
}

TEST(HourReadTest, StaysWithWhatWasNewEnough) {
  HourRead read(core::Hour{7}, 1);
  read.offer_hot(kFirst, totals(4, 8));
  read.offer_hot(kFirst, totals(9, 20));
  EXPECT_EQ(read.answer().totals.clicks, 4U);
}

}  // namespace
}  // namespace hourglass::cluster
