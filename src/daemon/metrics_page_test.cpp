#include "daemon/metrics_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hourglass::daemon {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using Type = ports::MetricType;

TEST(MetricsPage, ShowsCountersAndGauges) {
  EXPECT_EQ(
      render_metrics(
          {{"a_total", "Counts a.", Type::counter, {{{{"kind", "click"}}, 3.0}, {{{"kind", "x"}}, 0.0}}},
           {"b", "Gauges b.", Type::gauge, {{{}, -0.5}}}}),
      "# HELP a_total Counts a.\n# TYPE a_total counter\n"
      "a_total{kind=\"click\"} 3\na_total{kind=\"x\"} 0\n"
      "# HELP b Gauges b.\n# TYPE b gauge\nb -0.5\n");
}

TEST(MetricsPage, EscapesLabels) {
  EXPECT_THAT(render_metrics({{"a", "A.", Type::gauge, {{{{"l", "x\"\\\ny"}}, 1.0}}}}),
              HasSubstr(R"(a{l="x\"\\\ny"} 1)"));
}

TEST(MetricsPage, LargeCountersAreExact) {
  EXPECT_THAT(render_metrics({{"a_total", "A.", Type::counter, {{{}, 9007199254740991.0}}}}),
              ContainsRegex("a_total 9007199254740991(\\.0*)?\n"));
}

TEST(MetricsPage, HistogramsAreCumulative) {
  base::HistogramSnapshot histogram;
  histogram.upper_bounds = {0.1, 1.0};
  histogram.counts = {2, 0, 3};
  histogram.sum = 7.5;
  const std::string page =
      render_metrics({{"h_seconds", "H.", Type::histogram, {{{{"route", "/x"}}, histogram}}}});
  EXPECT_THAT(page, HasSubstr("# TYPE h_seconds histogram\n"));
  EXPECT_THAT(page, HasSubstr("h_seconds_count{route=\"/x\"} 5\n"));
  EXPECT_THAT(page, HasSubstr("h_seconds_sum{route=\"/x\"} 7.5\n"));
  EXPECT_THAT(page, ContainsRegex("h_seconds_bucket\\{route=\"/x\",le=\"0\\.1[0-9]*\"\\} 2\n"));
  EXPECT_THAT(page, HasSubstr("h_seconds_bucket{route=\"/x\",le=\"1\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("h_seconds_bucket{route=\"/x\",le=\"+Inf\"} 5\n"));
}

TEST(MetricsPage, TellsAboutTheProcess) {
  const std::string page = render_metrics(process_metrics(core::Timestamp{1'700'000'000'500}));
  EXPECT_THAT(page, ContainsRegex("\nprocess_cpu_seconds_total [0-9.e-]+\n"));
  EXPECT_THAT(page, ContainsRegex("\nprocess_resident_memory_bytes [1-9][0-9]{5,}\n"));
  EXPECT_THAT(page, ContainsRegex("\nprocess_open_fds [1-9][0-9]*\n"));
  EXPECT_THAT(page, HasSubstr("\nprocess_start_time_seconds 1700000000.5\n"));
  EXPECT_THAT(page,
              ContainsRegex("\nhourglass_build_info\\{version=\"[0-9.]+\",commit=\"[0-9a-z]+\"\\} 1\n"));
}

}  // namespace
}  // namespace hourglass::daemon
