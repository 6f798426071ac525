#include "base/nearest_name.hpp"

#include <gtest/gtest.h>

namespace hourglass::base {
namespace {

TEST(NearestName, TakesTheFewestEdits) {
  const std::vector<std::string> known = {"http.port", "http.threads", "data.dir", "log.level"};
  EXPECT_EQ(nearest_name("http.prot", known), "http.port");
  EXPECT_EQ(nearest_name("htpp.thread", known), "http.threads");
  EXPECT_EQ(nearest_name("datadir", known), "data.dir");
  EXPECT_EQ(nearest_name("log.levels", known), "log.level");
  EXPECT_EQ(nearest_name("", known), "data.dir") << "the shortest is the nearest to nothing";
}

TEST(NearestName, TakesTheFirstOfSeveralAndIgnoresCase) {
  EXPECT_EQ(nearest_name("c", {"a", "b"}), "a");
  EXPECT_EQ(nearest_name("HOURGLASS_http_port", {"HOURGLASS_DATA_DIR", "HOURGLASS_HTTP_PORT"}),
            "HOURGLASS_HTTP_PORT");
}

TEST(NearestName, IsNothingWhenNothingIsKnown) {
  EXPECT_EQ(nearest_name("a", {}), "");
}

}  // namespace
}  // namespace hourglass::base
