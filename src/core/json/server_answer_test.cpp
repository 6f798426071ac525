#include "core/json/server_answer.hpp"

#include <gtest/gtest.h>

namespace hourglass::core {
namespace {

TEST(BatchReport, IsRead) {
  const auto report = parse_batch_report(
      R"({"accepted":2,"rejected":[{"line":3,"code":"invalid_user","message":"user is empty"}],"rejected_count":7})");
  ASSERT_TRUE(report);
  EXPECT_EQ(*report, (BatchReport{2, 7, {{3, "invalid_user", "user is empty"}}}));
}

TEST(BatchReport, HasTextsThatDoNoHarm) {
  const auto report = parse_batch_report(
      "{\"accepted\":0,\"rejected\":[{\"line\":1,\"code\":\"a\\tb\",\"message\":\"frozen\\nx\\u001b\\u009b\"}"
      "],"
      "\"rejected_count\":1}");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rejections.at(0), (BatchReport::Rejection{1, "a?b", "frozen?x???"}));
  EXPECT_EQ(parse_problem(R"({"code":"a","detail":"b\r\nc"})"), "a: b??c");
  EXPECT_EQ(harmless_text(std::string(1000, 'x')).size(), 300U);
}

TEST(BatchReport, IsNothingElse) {
  for (const char* body :
       {"", "{}", "[]", "ok\n", R"({"accepted":2})", R"({"accepted":-2,"rejected":[],"rejected_count":0})",
        R"({"accepted":2,"rejected":[],"rejected_count":0}x)",
        R"({"accepted":2,"rejected":[1],"rejected_count":1})",
        R"({"accepted":2,"rejected":[{"line":1,"code":"a"}],"rejected_count":1})"})
    EXPECT_FALSE(parse_batch_report(body)) << body;
}

TEST(Problem, IsRead) {
  EXPECT_EQ(
      parse_problem(R"({"type":"about:blank","status":503,"code":"overloaded","detail":"too much waits"})"),
      "overloaded: too much waits");
  for (const char* body : {"", "<html>", R"({"code":"overloaded"})", R"({"code":1,"detail":"x"})"})
    EXPECT_FALSE(parse_problem(body)) << body;
}

}  // namespace
}  // namespace hourglass::core
