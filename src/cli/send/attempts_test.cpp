#include "cli/send/attempts.hpp"

#include <gtest/gtest.h>

namespace hourglass::cli {
namespace {

using Kind = Verdict::Kind;
using namespace std::chrono_literals;

ServerAnswer answer(int status, std::string body = {}) {
  ServerAnswer made;
  made.from = "http://counter";
  made.status = status;
  made.body = std::move(body);
  return made;
}

Kind kind_of(int status, std::size_t lines = 2) {
  return verdict_of(answer(status), lines).kind;
}

TEST(Verdict, OfAReportThatAccountsForEveryLine) {
  const std::string report =
      R"({"accepted":1,"rejected":[{"line":2,"code":"invalid_user","message":"user is empty"}],"rejected_count":1})";
  const Verdict verdict = verdict_of(answer(200, report), 2);
  EXPECT_EQ(verdict.kind, Kind::taken);
  EXPECT_EQ(verdict.report.rejections.at(0).line, 2U);
  EXPECT_EQ(verdict_of(answer(200, report), 3).kind, Kind::refused) << "a line is missing";
  EXPECT_EQ(verdict_of(answer(200, R"({"accepted":1,"rejected":[],"rejected_count":1})"), 2).kind,
            Kind::refused)
      << "nobody says which line";
  const std::string beyond =
      R"({"accepted":1,"rejected":[{"line":3,"code":"invalid_user","message":"user is empty"}],"rejected_count":1})";
  EXPECT_EQ(verdict_of(answer(200, beyond), 2).kind, Kind::refused) << "a line that was not sent";
  EXPECT_EQ(verdict_of(answer(200, "It works!"), 2).kind, Kind::refused);
}

TEST(Verdict, BelievesNoReportThatNamesALineTwice) {
  const std::string twice =
      R"({"accepted":0,"rejected":[{"line":1,"code":"a","message":"b"},{"line":1,"code":"a","message":"b"}],)"
      R"("rejected_count":2})";
  EXPECT_EQ(verdict_of(answer(200, twice), 2).kind, Kind::refused);
}

TEST(Verdict, SendsAgainWhatMayHaveBeenLost) {
  for (const int status : {408, 429, 500, 502, 503, 504})
    EXPECT_EQ(kind_of(status), Kind::again) << status;
  EXPECT_EQ(verdict_of(base::unexpected(std::string("connection refused")), 2).kind, Kind::again);
}

TEST(Verdict, GivesUpWhatNeverWillBeTaken) {
  for (const int status : {204, 301, 501, 400, 401, 403, 404, 405, 415, 431})
    EXPECT_EQ(kind_of(status), Kind::refused) << status;
}

TEST(Verdict, TellsABatchThatIsTooLarge) {
  EXPECT_EQ(kind_of(413), Kind::too_large);
}

TEST(Verdict, SaysTheProblemInTheServersWords) {
  EXPECT_EQ(verdict_of(answer(503, R"({"code":"overloaded","detail":"too much waits"})"), 1).problem,
            "http://counter answers 503 overloaded: too much waits");
  EXPECT_EQ(verdict_of(answer(502, "<html>"), 1).problem,
            "http://counter answers 502, which is no answer of Hourglass");
}

TEST(Backoff, DoublesItsBoundAndKeepsIt) {
  Backoff backoff(1);
  std::chrono::milliseconds bound = Backoff::kFirstBound;
  for (int i = 0; i < 50; ++i) {
    EXPECT_LE(backoff.next(std::nullopt), bound);
    bound = std::min(bound * 2, Backoff::kLastBound);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(std::nullopt), Backoff::kFirstBound);
}

TEST(Backoff, IsSpread) {
  Backoff one(1);
  Backoff other(2);
  int equal = 0;
  for (int i = 0; i < 20; ++i)
    equal += one.next(std::nullopt) == other.next(std::nullopt) ? 1 : 0;
  EXPECT_LT(equal, 10);
}

TEST(Backoff, WaitsAsLongAsTheServerAsks) {
  Backoff backoff(1);
  EXPECT_GE(backoff.next(2s), 2s);
  EXPECT_LE(backoff.next(100'000s), Backoff::kMostRetryAfter + Backoff::kLastBound);
}

}  // namespace
}  // namespace hourglass::cli
