#include "cluster/cluster_metrics.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

constexpr core::Timestamp kNow{100'000};

/// The values of one worker, by the name of the metric without "hourglass_partition_".
std::map<std::string, double> values_of(const PartitionStatus& status) {
  constexpr std::string_view kBegin = "hourglass_partition_";
  std::map<std::string, double> values;
  for (const auto& family : worker_metrics({{Role::hot, {{Partition{3}, status}}}}, kNow)) {
    EXPECT_TRUE(family.name.starts_with(kBegin)) << family.name;
    for (const auto& sample : family.samples)
      values[family.name.substr(kBegin.size())] = std::get<double>(sample.value);
  }
  return values;
}

TEST(ClusterMetricsTest, AWorkerThatHasNotFoundItsPlaceDoesNotLookCaughtUp) {
  const auto values = values_of(PartitionStatus{});
  EXPECT_EQ(values.at("running"), 0);
  EXPECT_EQ(values.at("alarm"), 0);
  for (const char* unknown : {"next", "end", "lag_records", "lag_seconds", "future_hours"})
    EXPECT_EQ(values.count(unknown), 0U) << unknown;
}

TEST(ClusterMetricsTest, TheLagIsNotKnownBeforeTheEndOfTheLogIs) {
  PartitionStatus status;
  status.next = Offset{5};
  EXPECT_EQ(values_of(status).count("lag_records"), 0U);
  EXPECT_EQ(values_of(status).count("lag_seconds"), 0U);
  status.next = std::nullopt;
  status.end = Offset{5};
  EXPECT_EQ(values_of(status).count("lag_records"), 0U);
  EXPECT_EQ(values_of(status).count("lag_seconds"), 0U);
}

TEST(ClusterMetricsTest, NothingCountedHasNoAge) {
  PartitionStatus status;
  status.next = Offset{0};
  status.end = Offset{9};
  const auto values = values_of(status);
  EXPECT_EQ(values.at("lag_records"), 9);
  EXPECT_EQ(values.count("lag_seconds"), 0U);
}

TEST(ClusterMetricsTest, TheLagIsWhatTheLogHasBehindTheStore) {
  PartitionStatus status;
  status.is_running = true;
  status.next = Offset{5};
  status.end = Offset{9};
  status.time = LogTime{97'500};
  status.future_hours = 2;
  auto values = values_of(status);
  EXPECT_EQ(values.at("running"), 1);
  EXPECT_EQ(values.at("lag_records"), 4);
  EXPECT_EQ(values.at("lag_seconds"), 2.5);
  EXPECT_EQ(values.at("future_hours"), 2);
  status.next = Offset{9};
  values = values_of(status);
  EXPECT_EQ(values.at("lag_records"), 0);
  EXPECT_EQ(values.at("lag_seconds"), 0);
}

}  // namespace
}  // namespace hourglass::cluster
