#include "base/histogram.hpp"

#include <atomic>
#include <cmath>
#include <numeric>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::base {
namespace {

constexpr auto& kBounds = DurationHistogram::kUpperBoundsSeconds;

std::uint64_t observations(const HistogramSnapshot& snapshot) {
  return std::accumulate(snapshot.counts.begin(), snapshot.counts.end(), std::uint64_t{0});
}

TEST(DurationHistogram, BeginsEmpty) {
  const HistogramSnapshot snapshot = DurationHistogram().snapshot();
  EXPECT_EQ(snapshot.upper_bounds.size(), kBounds.size());
  EXPECT_EQ(snapshot.counts.size(), kBounds.size() + 1);
  EXPECT_EQ(observations(snapshot), 0U);
  EXPECT_EQ(snapshot.sum, 0);
}

TEST(DurationHistogram, ABoundBelongsToItsBucket) {
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    DurationHistogram histogram;
    histogram.record(kBounds[i]);
    histogram.record(std::nextafter(kBounds[i], 1e9));
    const HistogramSnapshot snapshot = histogram.snapshot();
    EXPECT_EQ(snapshot.counts[i], 1U) << kBounds[i];
    EXPECT_EQ(snapshot.counts[i + 1], 1U) << kBounds[i];
  }
}

TEST(DurationHistogram, TakesWhatLiesOutsideItsBounds) {
  DurationHistogram histogram;
  histogram.record(0);
  histogram.record(1e6);
  const HistogramSnapshot snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.counts.front(), 1U);
  EXPECT_EQ(snapshot.counts.back(), 1U);
  EXPECT_EQ(snapshot.sum, 1e6);
}

TEST(DurationHistogram, CountsEachObservationInTheFirstBucketThatHoldsIt) {
  std::mt19937_64 random(test_seed());
  DurationHistogram histogram;
  std::vector<std::uint64_t> plain(kBounds.size() + 1);
  for (int i = 0; i < 10'000; ++i) {
    const double seconds = std::exp2(std::uniform_real_distribution(-16.0, 5.0)(random));
    histogram.record(seconds);
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && seconds > kBounds[bucket])
      ++bucket;
    ++plain[bucket];
  }
  EXPECT_EQ(histogram.snapshot().counts, plain);
}

TEST(DurationHistogram, SnapshotsAddUp) {
  DurationHistogram first;
  DurationHistogram second;
  first.record(0.002);
  second.record(0.002);
  second.record(20);
  HistogramSnapshot both = first.snapshot();
  both.add(second.snapshot());
  EXPECT_EQ(observations(both), 3U);
  EXPECT_EQ(both.counts.back(), 1U);
  EXPECT_DOUBLE_EQ(both.sum, 20.004);
}

TEST(DurationHistogram, CanBeReadWhileItIsWritten) {
  constexpr std::uint64_t kCount = 100'000;
  DurationHistogram histogram;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kCount; ++i)
      histogram.record(0.001);
    done = true;
  });
  std::uint64_t last = 0;
  while (!done) {
    const std::uint64_t seen = observations(histogram.snapshot());
    EXPECT_GE(seen, last);
    last = seen;
  }
  writer.join();
  EXPECT_EQ(observations(histogram.snapshot()), kCount);
}

}  // namespace
}  // namespace hourglass::base
