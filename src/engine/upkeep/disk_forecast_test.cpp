#include "engine/upkeep/disk_forecast.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace hourglass::engine {
namespace {

TEST(DiskForecast, KnowsNothingAtFirst) {
  DiskForecast forecast;
  EXPECT_TRUE(std::isinf(forecast.seconds_left()));
  forecast.note(std::chrono::milliseconds{1'000'000}, 100, 1'000);
  EXPECT_TRUE(std::isinf(forecast.seconds_left()));
}

TEST(DiskForecast, SteadyGrowthFillsTheDiskWhenItSays) {
  DiskForecast forecast;
  std::uint64_t taken = 0;
  for (std::uint64_t minute = 0; minute < 600; ++minute, taken += 60 * 1'000)
    forecast.note(std::chrono::milliseconds{minute * 60'000}, taken, 10'000'000'000 - taken);
  EXPECT_NEAR(forecast.seconds_left(), (10'000'000'000.0 - static_cast<double>(taken)) / 1'000, 100);
}

TEST(DiskForecast, WhatDoesNotGrowLastsForEver) {
  DiskForecast forecast;
  for (std::uint64_t minute = 0; minute < 60; ++minute)
    forecast.note(std::chrono::milliseconds{minute * 60'000}, 5'000'000 - minute * 1'000, 1'000);
  EXPECT_TRUE(std::isinf(forecast.seconds_left()));
}

TEST(DiskForecast, AMergeThatComesAndGoesHardlyMatters) {
  DiskForecast forecast;
  std::uint64_t taken = 0;
  for (std::uint64_t minute = 0; minute < 3'000; ++minute, taken += 60 * 1'000) {
    const std::uint64_t merging = minute % 100 == 50 ? 50'000'000 : 0;
    forecast.note(std::chrono::milliseconds{minute * 60'000}, taken + merging, 10'000'000'000);
  }
  EXPECT_NEAR(forecast.seconds_left(), 10'000'000.0, 2'000'000);
}

}  // namespace
}  // namespace hourglass::engine
