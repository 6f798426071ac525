#include "core/hour_range.hpp"

#include <gtest/gtest.h>

namespace hourglass::core {
namespace {

HourRange range(std::uint64_t first, std::uint64_t end) {
  return {Hour{first}, Hour{end}};
}

TEST(HourRange, HasAllHoursThatTheTimeTouches) {
  const std::uint64_t hour = kMillisecondsPerHour;
  EXPECT_EQ(hours_touched({}, {}), range(0, 70'389'528));
  EXPECT_EQ(hours_touched(Timestamp{hour}, {}), range(1, 70'389'528));
  EXPECT_EQ(hours_touched(Timestamp{2 * hour - 1}, Timestamp{2 * hour}), range(1, 2));
  EXPECT_EQ(hours_touched(Timestamp{2 * hour - 1}, Timestamp{2 * hour + 1}), range(1, 3));
  EXPECT_EQ(hours_touched({}, Timestamp{1}), range(0, 1));
  EXPECT_EQ(hours_touched(kMaxTimestamp, {}), range(70'389'527, 70'389'528));
}

TEST(HourRange, RefusesNoTimeAtAll) {
  for (const auto& touched : {hours_touched({}, Timestamp{0}), hours_touched(Timestamp{5}, Timestamp{5}),
                              hours_touched(Timestamp{6}, Timestamp{5})}) {
    ASSERT_FALSE(touched);
    EXPECT_EQ(touched.error().code, base::ErrorCode::invalid_parameter);
  }
}

TEST(HourList, NamesNeighboursTogether) {
  HourList hours;
  EXPECT_EQ(hours.text(), "");
  for (const std::uint64_t hour : {472'222, 472'224, 472'225, 472'226})
    hours.add(Hour{hour});
  EXPECT_EQ(hours.count(), 4U);
  EXPECT_EQ(hours.text(), "2023-11-14T22:00Z, 2023-11-15T00:00Z/2023-11-15T02:00Z");
}

TEST(HourList, NamesOnlyTheFirstOfManySpans) {
  HourList hours;
  for (std::uint64_t i = 0; i < HourList::kMaxSpans; ++i)
    hours.add(Hour{2 * i});
  const std::string all = hours.text();
  EXPECT_EQ(all.find("..."), std::string::npos);
  hours.add(Hour{2 * HourList::kMaxSpans});
  hours.add(Hour{2 * HourList::kMaxSpans + 1});  // a neighbour of one that is not named
  EXPECT_EQ(hours.count(), HourList::kMaxSpans + 2);
  EXPECT_EQ(hours.text(), all + ", ...");
}

}  // namespace
}  // namespace hourglass::core
