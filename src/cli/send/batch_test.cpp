#include "cli/send/batch.hpp"

#include <gtest/gtest.h>

namespace hourglass::cli {
namespace {

Batch three_lines() {
  Batch batch;
  batch.events = "a\nbb\nccc\n";
  batch.originals = "ABC";
  batch.lines = {{0, 1, 0, 0}, {0, 2, 2, 1}, {0, 9, 5, 2}};
  return batch;
}

TEST(Batch, GivesTheEventsOfAPart) {
  const Batch batch = three_lines();
  EXPECT_EQ(batch.events_of(0, 3), batch.events);
  EXPECT_EQ(batch.events_of(1, 1), "bb\n");
  EXPECT_EQ(batch.events_of(1, 2), "bb\nccc\n");
}

TEST(Batch, GivesTheOriginalOfALine) {
  Batch batch = three_lines();
  EXPECT_EQ(batch.original_of(0), "A");
  EXPECT_EQ(batch.original_of(2), "C");
  batch.originals.clear();
  for (BatchLine& line : batch.lines)
    line.original_begin = 0;
  EXPECT_EQ(batch.original_of(1), "");
}

TEST(Batch, IsFullByLinesOrByBytes) {
  Batch batch;
  EXPECT_FALSE(batch.is_full());
  batch.lines.resize(Batch::kMaxLines);
  EXPECT_TRUE(batch.is_full());
  batch.lines.resize(1);
  batch.events.resize(Batch::kMaxBytes);
  EXPECT_TRUE(batch.is_full());
}

}  // namespace
}  // namespace hourglass::cli
