#include "cluster/testing/simulation/fiber.hpp"

#include <string>

#include <gtest/gtest.h>

namespace hourglass::cluster::simulation {
namespace {

TEST(FiberTest, RunsAPieceAtATime) {
  Fibers fibers;
  std::string done;
  Fiber first(fibers, [&] {
    done += 'a';
    fibers.pause();
    done += 'b';
  });
  Fiber second(fibers, [&] { done += 'x'; });
  first.resume();
  second.resume();
  EXPECT_TRUE(second.has_ended());
  EXPECT_FALSE(first.has_ended());
  first.resume();
  first.resume();
  EXPECT_TRUE(first.has_ended());
  EXPECT_EQ(done, "axb");
}

TEST(FiberTest, UnwindsWhatIsThrownAway) {
  Fibers fibers;
  const auto witness = std::make_shared<int>(1);
  bool has_gone_on = false;
  {
    Fiber fiber(fibers, [&] {
      const std::vector<std::shared_ptr<int>> local{witness};
      fibers.pause();
      has_gone_on = true;
    });
    fiber.resume();
    EXPECT_EQ(witness.use_count(), 2);
    const Fiber never_begun(fibers, [&] { has_gone_on = true; });
  }
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_FALSE(has_gone_on);
}

TEST(FiberTest, PausesOutsideOfAFiberAreNothing) {
  Fibers fibers;
  fibers.pause();
}

}  // namespace
}  // namespace hourglass::cluster::simulation
