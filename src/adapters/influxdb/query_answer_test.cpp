#include "adapters/influxdb/query_answer.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace hourglass::adapters::influxdb {
namespace {

using cluster::Remedy;

struct Read {
  cluster::StoreResult<void> result;
  std::vector<std::string> rows;  // "tag:time,value,..."
};

std::string shown(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return std::to_string(*number);
  if (const auto* text = std::get_if<std::string_view>(&value))
    return std::string(*text);
  if (const auto* flag = std::get_if<bool>(&value))
    return *flag ? "true" : "false";
  return "null";
}

Read read(std::string_view body) {
  Read read;
  read.result = read_rows(body, [&](const Row& row) {
    std::string text = std::string(row.tag) + ':';
    for (const Value& value : row.values)
      text += shown(value) + ',';
    read.rows.push_back(text);
    return true;
  });
  return read;
}

/// Rows are "statement:time".
Read read_three(std::string_view body) {
  Read read;
  const auto sink = [&](const Row& row) {
    read.rows.push_back(std::to_string(row.statement) + ':' + shown(row.values[0]));
    return true;
  };
  read.result = read_rows(body, sink, 3);
  return read;
}

using Rows = std::vector<std::string>;

TEST(QueryAnswer, GivesTheRowsOfEverySeriesAndLine) {
  const auto answer = read(
      R"({"results":[{"statement_id":0,"series":[{"name":"totals","tags":{"p":"0"},"columns":["time","max"],)"
      R"("values":[[9223365600000000009,9]]},{"name":"totals","tags":{"p":"11"},"columns":["time","max"],)"
      R"("values":[[1,2],[3,null]],"partial":true}],"partial":true}]})"
      "\n"
      R"({"results":[{"statement_id":0,"series":[{"name":"totals","tags":{"p":"11"},"columns":["time","max"],)"
      R"("values":[[4,"a\"b"],[5,true],[6,1.5]]}]}]})"
      "\n");
  ASSERT_TRUE(answer.result) << answer.result.error().message;
  EXPECT_EQ(answer.rows, (Rows{"0:9223365600000000009,9,", "11:1,2,", "11:3,null,", "11:4,a\"b,",
                               "11:5,true,", "11:6,null,"}));
}

TEST(QueryAnswer, NoSeriesIsNoRow) {
  const auto answer = read("{\"results\":[{\"statement_id\":0}]}\n");
  EXPECT_TRUE(answer.result);
  EXPECT_TRUE(answer.rows.empty());
}

TEST(QueryAnswer, WhatGoesOnIsNotAllThere) {
  for (const char* body :
       {"", "\n", R"({"results":[]})", R"({"results":[{"series":[{"values":[[1,2]],"partial":true}]}]})",
        R"({"results":[{"series":[{"values":[[1,2]]}],"partial":true}]})"}) {
    const auto answer = read(body);
    ASSERT_FALSE(answer.result) << body;
    EXPECT_EQ(answer.result.error().remedy, Remedy::retry) << body;
  }
}

TEST(QueryAnswer, TellsWhichStatementARowAnswers) {
  const auto answer = read_three(
      R"({"results":[{"statement_id":0}]})"
      "\n"
      R"({"results":[{"statement_id":1,"series":[{"values":[[5]],"partial":true}],"partial":true}]})"
      "\n"
      R"({"results":[{"statement_id":1,"series":[{"values":[[6]]}]},{"statement_id":2,"series":[{"values":[[7]]}]}]})"
      "\n");
  ASSERT_TRUE(answer.result) << answer.result.error().message;
  EXPECT_EQ(answer.rows, (Rows{"1:5", "1:6", "2:7"}));
}

TEST(QueryAnswer, AStatementWithoutAnswerIsAFault) {
  for (const char* results :
       {R"({"statement_id":0},{"statement_id":1})", R"({"statement_id":0},{"statement_id":2})",
        R"({"statement_id":1},{"statement_id":2})",
        R"({"statement_id":0},{"statement_id":2},{"statement_id":1},{"statement_id":2})",
        R"({"statement_id":0},{"statement_id":1},{"statement_id":2},{"statement_id":3})",
        R"({"statement_id":0},{"statement_id":1,"partial":true},{"statement_id":2})",
        R"({"statement_id":0},{"statement_id":"1"},{"statement_id":2})",
        R"({"statement_id":0},{"statement_id":-1},{"statement_id":2})",
        R"({"statement_id":0},{"statement_id":1},{"error":"query interrupted","statement_id":2})",
        "{},{},{}"}) {
    const auto answer = read_three("{\"results\":[" + std::string(results) + "]}");
    ASSERT_FALSE(answer.result) << results;
    EXPECT_EQ(answer.result.error().remedy, Remedy::retry) << results;
  }
}

TEST(QueryAnswer, WhatIsNoAnswerIsAFault) {
  for (const char* body :
       {"nonsense", "[]", "7", "null", "{}", "{\"results\":7}", "{\"results\":[7]}",
        R"({"results":[{"series":[{"values":[7]}]}]})", R"({"results":[{"series":[7]}]})",
        R"({"results":[{"series":[{"tags":{"p":7},"values":[[1]]}]}]})", R"({"results":[{"series":[{"val)"}) {
    const auto answer = read(body);
    ASSERT_FALSE(answer.result) << body;
    EXPECT_EQ(answer.result.error().remedy, Remedy::retry) << body;
  }
}

TEST(QueryAnswer, TellsErrorsThatPassFromThoseThatStay) {
  const auto remedy = [](const std::string& error) {
    const auto answer = read(R"({"results":[{"statement_id":0,"error":")" + error + "\"}]}");
    EXPECT_FALSE(answer.result);
    EXPECT_NE(answer.result.error().message.find(error), std::string::npos);
    return answer.result.error().remedy;
  };
  EXPECT_EQ(remedy("timeout"), Remedy::retry);
  EXPECT_EQ(remedy("query interrupted"), Remedy::retry);
  EXPECT_EQ(remedy("database not found: analytics"), Remedy::retry);
  EXPECT_EQ(remedy("max-select-point limit exceeed: (20/10)"), Remedy::person);
  EXPECT_EQ(remedy("error parsing query: found USERS"), Remedy::person);
  const auto whole = read("{\"error\":\"engine is closed\"}");
  ASSERT_FALSE(whole.result);
  EXPECT_EQ(whole.result.error().remedy, Remedy::retry);
}

TEST(QueryAnswer, AnErrorBehindRowsIsAFault) {
  const auto answer = read(
      "{\"results\":[{\"series\":[{\"values\":[[1,2]],\"partial\":true}],\"partial\":true}]}\n"
      "{\"results\":[{\"error\":\"query interrupted\"}]}\n");
  EXPECT_FALSE(answer.result);
}

TEST(QueryAnswer, ARowThatIsNotTakenIsAFault) {
  const auto result =
      read_rows("{\"results\":[{\"series\":[{\"values\":[[1,2]]}]}]}", [](const Row&) { return false; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().remedy, Remedy::retry);
}

TEST(QueryAnswer, ShowsWhatAnErrorSays) {
  EXPECT_EQ(error_text(R"({"error":"partial write"})"), "partial write");
  EXPECT_EQ(error_text(R"({"code":"not found","message":"bucket \"b\" not found"})"),
            "bucket \"b\" not found");
  EXPECT_EQ(error_text("<html>\n"), "<html>?");
  EXPECT_EQ(error_text(""), "");
}

TEST(QueryAnswer, ReadsBuckets) {
  const std::string body =
      R"({"buckets":[{"name":"other","retentionRules":[{"everySeconds":9}]},)"
      R"({"name":"kept","retentionRules":[]},{"name":"zero","retentionRules":[{"type":"expire","everySeconds":0}]},)"
      R"({"name":"short","retentionRules":[{"type":"expire","everySeconds":3600}]}]})";
  const auto seconds = [&](const char* name) { return read_bucket(body, name)->retention_seconds; };
  EXPECT_TRUE(read_bucket(body, "kept")->exists);
  EXPECT_EQ(seconds("kept"), 0);
  EXPECT_EQ(seconds("zero"), 0);
  EXPECT_EQ(seconds("short"), 3'600);
  EXPECT_FALSE(read_bucket(body, "missing")->exists);
  EXPECT_FALSE(read_bucket(R"({"buckets":[]})", "missing")->exists);
  EXPECT_FALSE(read_bucket("[]", "kept"));
  EXPECT_FALSE(read_bucket(R"({"buckets":[{"name":"kept"}]})", "kept"));
}

}  // namespace
}  // namespace hourglass::adapters::influxdb
