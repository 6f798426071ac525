#include "engine/hours/user_set.hpp"

#include <cmath>
#include <random>
#include <unordered_set>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::engine {
namespace {

TEST(UserSet, AgreesWithAPlainSetWhileItGrowsAndSplits) {
  std::mt19937_64 random(base::test_seed());
  UserSet users;
  std::unordered_set<std::uint64_t> plain;
  for (int i = 0; i < 200'000; ++i) {
    // Every third user comes from few, so that repeats are common.
    const std::uint64_t hash = i % 3 == 0 ? (random() % 5'000) * 0x9E3779B97F4A7C15ULL : random();
    ASSERT_EQ(users.insert(hash), plain.insert(hash).second);
    ASSERT_EQ(users.size(), plain.size());
  }
  for (const std::uint64_t hash : plain)
    ASSERT_TRUE(users.contains(hash));
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t hash = random();
    ASSERT_EQ(users.contains(hash), plain.contains(hash));
  }
}

// docs/decisions/0003-hash-of-users.md: n users lose n² / 2^(bits + 1) of their number on average. With 64
// bits that cannot be seen, so the width is cut here until it can.
TEST(UserSet, NarrowHashesLoseAsManyUsersAsTheFormulaSays) {
  std::mt19937_64 random(base::test_seed());
  constexpr int kBits = 30;
  constexpr int kUsers = 200'000;
  constexpr int kRounds = 20;
  double lost = 0;
  for (int round = 0; round < kRounds; ++round) {
    UserSet users;
    for (int i = 0; i < kUsers; ++i)
      users.insert(random() << (64 - kBits));
    lost += static_cast<double>(kUsers - users.size());
  }
  const double expected = kRounds * std::pow(kUsers, 2) / std::pow(2.0, kBits + 1);
  // The losses are nearly a Poisson variable; five standard deviations leave one failure in a million runs.
  EXPECT_NEAR(lost, expected, 5 * std::sqrt(expected));
}

}  // namespace
}  // namespace hourglass::engine
