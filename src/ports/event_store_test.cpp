#include "ports/event_store.hpp"

#include <gtest/gtest.h>

namespace hourglass::ports {
namespace {

using Next = std::vector<std::int64_t>;

TEST(LogMark, IsRaisedPartitionByPartition) {
  LogMark mark{{5, 0, 7}};
  mark.raise({{3, 9}});
  EXPECT_EQ(mark.next, (Next{5, 9, 7}));
  mark.raise({{0, 0, 0, 2}});
  EXPECT_EQ(mark.next, (Next{5, 9, 7, 2}));
}

TEST(LogMark, StaysEmptyWithoutPartitions) {
  LogMark mark;
  mark.raise({});
  EXPECT_EQ(mark.next.capacity(), 0U);
  mark.raise({{1}});
  EXPECT_EQ(mark.next, Next{1});
  mark.raise({});
  EXPECT_EQ(mark.next, Next{1});
}

}  // namespace
}  // namespace hourglass::ports
