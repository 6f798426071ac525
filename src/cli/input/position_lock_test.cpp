#include "cli/input/position_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/scratch_directory.hpp"

namespace hourglass::cli {
namespace {

TEST(PositionLock, IsHeldByOneAtATime) {
  const base::ScratchDirectory directory;
  const auto position = directory.path() / "a.position";
  {
    const auto lock = PositionLock::acquire(position);
    ASSERT_TRUE(lock) << lock.error();
    EXPECT_THAT(PositionLock::acquire(position).error(), ::testing::HasSubstr("another process follows"));
  }
  EXPECT_TRUE(PositionLock::acquire(position));
  EXPECT_THAT(PositionLock::acquire("/nowhere/a").error(), ::testing::HasSubstr("/nowhere/a"));
}

}  // namespace
}  // namespace hourglass::cli
