#include "http/session.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/gzip.hpp"
#include "http/testing/requests.hpp"
#include "http/testing/session_driver.hpp"

namespace hourglass::http {
namespace {

using base::ErrorCode;
using base::gzip;
using Wants = Session::Wants;

using Statuses = std::vector<std::string>;

TEST(Session, ConsecutivePostsMakeOneSubmission) {
  SessionDriver driver;
  driver.arrive(click("ann") + click("bob") + click("eve"));
  EXPECT_EQ(driver.submissions, std::vector<std::size_t>{3});
  EXPECT_EQ(statuses(driver.output), (Statuses{"204", "204", "204"}));
}

TEST(Session, AReadSeesThePostsBeforeItAndNoneBehind) {
  SessionDriver driver;
  driver.arrive(click("ann") + kRead + click("bob") + kRead);
  EXPECT_EQ(statuses(driver.output), (Statuses{"204", "200", "204", "200"}));
  EXPECT_EQ(driver.submissions, (std::vector<std::size_t>{1, 1}));
  EXPECT_NE(driver.output.find("unique_users,1\nclicks,1\n"), std::string::npos);
  EXPECT_NE(driver.output.find("unique_users,2\nclicks,2\n"), std::string::npos);
}

TEST(Session, ARefusedRequestAmongPostsIsAnsweredInItsPlace) {
  SessionDriver driver;
  driver.arrive(click("ann") + request("POST", "/analytics?timestamp=x") + request("GET", "/nope") +
                click("bob"));
  EXPECT_EQ(statuses(driver.output), (Statuses{"204", "400", "404", "204"}));
  EXPECT_EQ(driver.submissions, std::vector<std::size_t>{2});
  EXPECT_EQ(driver.session.wants(), Wants::read);
}

TEST(Session, NothingIsAnsweredBeforeTheOutcome) {
  SessionDriver driver;
  driver.commits_at_once = false;
  driver.arrive(click("ann") + request("GET", "/nope"));
  EXPECT_EQ(driver.session.wants(), Wants::submit);
  EXPECT_FALSE(driver.session.has_output());
  driver.commit();
  EXPECT_EQ(statuses(driver.output), (Statuses{"204", "404"}));
}

TEST(Session, AFailedSubmissionIsTheAnswerToEachOfItsPosts) {
  SessionDriver driver;
  driver.failure = base::Error{ErrorCode::outcome_unknown, "unknown"};
  driver.arrive(click("ann") + click("bob") + kRead);
  EXPECT_EQ(statuses(driver.output), (Statuses{"504", "504", "200"}));
  EXPECT_NE(driver.output.find("clicks,0"), std::string::npos);
}

TEST(Session, AnswersAreTheSameHoweverTheInputIsSplit) {
  const std::string batch = R"({"timestamp":1700000000000,"user":"u","event":"click"})"
                            "\nbad\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string input =
      click("ann") + kRead +
      request("POST", "/analytics/batch", "Content-Length: " + std::to_string(batch.size()) + "\r\n") +
      batch + request("POST", "/analytics?timestamp=1700000000000&user=b&impression", chunked) +
      "5;x=y\r\nhello\r\n0\r\nTrailer: z\r\n\r\n" + request("HEAD", "/healthz") + "\r\n" +
      request("OPTIONS", "/analytics") + kRead + "POST /analytics HTTP/1.1\nHost: x\r\n\r\n";
  SessionDriver whole;
  whole.arrive(input);
  EXPECT_EQ(statuses(whole.output), (Statuses{"204", "200", "200", "204", "200", "405", "200", "400"}));
  for (std::size_t piece = 1; piece < 80; ++piece) {
    SessionDriver driver;
    driver.arrive(input, piece);
    ASSERT_EQ(driver.output, whole.output) << "pieces of " << piece;
    ASSERT_EQ(driver.session.wants(), Wants::close);
  }
}

TEST(Session, AnEventTakesEffectOnlyWhenItsWholeRequestHasArrived) {
  SessionDriver driver;
  const std::string post =
      request("POST", "/analytics?timestamp=1700000000000&user=ann&click", "Content-Length: 5\r\n") + "hell";
  driver.arrive(post);
  EXPECT_TRUE(driver.submissions.empty());
  EXPECT_TRUE(driver.session.in_body());
  driver.session.input_ended();
  EXPECT_EQ(driver.session.wants(), Wants::close);
  EXPECT_EQ(driver.output, "");
}

TEST(Session, WhatArrivedCompletelyIsAnsweredAfterTheClientHasEndedItsSide) {
  SessionDriver driver;
  driver.commits_at_once = false;
  driver.arrive(click("ann"));
  driver.session.input_ended();
  EXPECT_EQ(driver.session.wants(), Wants::submit);
  driver.commit();
  EXPECT_EQ(statuses(driver.output), Statuses{"204"});
  EXPECT_EQ(driver.session.wants(), Wants::close);
}

TEST(Session, AClientThatAsksIsToldToGoOn) {
  SessionDriver driver;
  const std::string expect = "Expect: 100-continue\r\nContent-Length: 2\r\n";
  driver.arrive(request("POST", "/analytics?timestamp=1700000000000&user=ann&click", expect));
  EXPECT_EQ(driver.output, "HTTP/1.1 100 Continue\r\n\r\n");
  driver.arrive("ok");
  EXPECT_EQ(statuses(driver.output), (Statuses{"100", "204"}));
}

TEST(Session, AClientThatAsksInVainHearsSoAtOnceAndOnlyOnce) {
  SessionDriver driver;
  const std::string expect = "Expect: 100-continue\r\nContent-Length: 2\r\n";
  driver.arrive(request("POST", "/analytics?user=ann&click", expect));
  EXPECT_EQ(statuses(driver.output), Statuses{"400"});
  driver.arrive("ok" + kRead);
  EXPECT_EQ(statuses(driver.output), (Statuses{"400", "200"}));
}

TEST(Session, AnAnswerThatSaysItClosesIsTheLastEvenIfTheBodyIsStillToCome) {
  SessionDriver driver;
  driver.arrive(request("POST", "/analytics?user=ann&click",
                        "Connection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"));
  EXPECT_EQ(statuses(driver.output), Statuses{"400"});
  EXPECT_EQ(driver.session.wants(), Wants::close);
}

TEST(Session, NothingBehindBrokenFramingIsRead) {
  for (const std::string& broken :
       {std::string("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("GET / HTTP/1.1\n"),
        request("POST", "/analytics", "Transfer-Encoding: chunked\r\n") + "zz\r\n"}) {
    SessionDriver driver;
    driver.arrive(click("ann") + broken + click("bob"));
    EXPECT_EQ(statuses(driver.output), (Statuses{"204", "400"})) << broken;
    EXPECT_EQ(driver.session.wants(), Wants::close);
    EXPECT_EQ(driver.submissions, std::vector<std::size_t>{1});
  }
}

TEST(Session, BodiesBeyondTheLimitAreRefusedBeforeTheyArrive) {
  ServerSettings settings;
  settings.max_body_bytes = 100;
  SessionDriver driver(settings);
  driver.arrive(request("POST", "/analytics/batch", "Content-Length: 101\r\n"));
  EXPECT_EQ(statuses(driver.output), Statuses{"413"});
  EXPECT_EQ(driver.session.wants(), Wants::close);
}

TEST(Session, TheLimitOfABodyCountsDecompressedBytes) {
  ServerSettings settings;
  settings.max_body_bytes = 1'000;
  const auto status = [&](const std::string& body, const std::string& headers) {
    SessionDriver driver(settings);
    driver.arrive(request("POST", "/analytics/batch", headers) + body);
    return statuses(driver.output);
  };
  const auto length = [](const std::string& body) {
    return "Content-Encoding: gzip\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  };
  const std::string stored = gzip(std::string(1'000, '\n'), 0);
  ASSERT_GT(stored.size(), 1'000U);
  EXPECT_EQ(status(stored, length(stored)), Statuses{"200"});
  const std::string over = gzip(std::string(1'001, '\n'), 0);
  EXPECT_EQ(status(over, length(over)), Statuses{"413"});
  std::string members = stored;
  while (members.size() + gzip("").size() <= 2'000)
    members += gzip("");
  EXPECT_EQ(status(members, length(members)), Statuses{"200"});
  EXPECT_EQ(status("", length(std::string(2'001, ' '))), Statuses{"413"});
  EXPECT_EQ(status("", "Content-Length: 1001\r\n"), Statuses{"413"}) << "what is not compressed";
}

TEST(Session, WhatIsWrongWithTheHeadGoesBeforeABodyBeyondTheLimit) {
  ServerSettings settings;
  settings.max_body_bytes = 100;
  const std::string length = "Content-Length: 101\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const auto status = [&](const std::string& target, const std::string& headers) {
    SessionDriver driver(settings);
    driver.arrive(request("POST", target, headers) + "65\r\n" + std::string(101, ' ') + click("ann"));
    EXPECT_EQ(driver.session.wants(), Wants::close);
    EXPECT_NE(driver.output.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(driver.submissions.empty());
    return statuses(driver.output);
  };
  for (const std::string& framing : {length, chunked, length + "Expect: 100-continue\r\n"}) {
    EXPECT_EQ(status("/nowhere", framing), Statuses{"404"});
    EXPECT_EQ(status("/metrics", framing), Statuses{"405"});
    EXPECT_EQ(status("/analytics/batch", framing + "Content-Encoding: br\r\n"), Statuses{"415"});
    EXPECT_EQ(status("/analytics/batch", framing + "Idempotency-Key: a b\r\n"), Statuses{"400"});
    EXPECT_EQ(status("/analytics?timestamp=1&user=%zz&click", framing), Statuses{"400"});
    EXPECT_EQ(status("/analytics?timestamp=1&user=ann&click", framing), Statuses{"413"});
    EXPECT_EQ(status("/analytics/batch", framing), Statuses{"413"});
  }
}

TEST(Session, UntilTheStoreHasRecoveredNearlyEverythingIsRefused) {
  SessionDriver driver;
  driver.store.set_condition(ports::StoreCondition::recovering);
  driver.arrive(kRead + click("ann") + request("GET", "/nope") + request("GET", "/readyz") +
                request("GET", "/healthz") + request("GET", "/metrics"));
  EXPECT_EQ(statuses(driver.output), (Statuses{"503", "503", "503", "503", "200", "200"}));
  driver.store.set_condition(ports::StoreCondition::ready);
  driver.arrive(kRead);
  EXPECT_EQ(statuses(driver.output).back(), "200");
}

TEST(Session, ReadinessNamesTheStateOfTheStore) {
  SessionDriver driver;
  driver.arrive(request("GET", "/readyz"));
  EXPECT_NE(driver.output.find(R"({"status":"ready","dependencies":{"store":"ready"})"), std::string::npos);
  driver.output.clear();
  driver.store.set_condition(ports::StoreCondition::unavailable);
  driver.arrive(request("GET", "/readyz"));
  EXPECT_EQ(statuses(driver.output), Statuses{"503"});
  EXPECT_NE(driver.output.find("\r\nRetry-After: "), std::string::npos);
  EXPECT_NE(driver.output.find(R"("code":"store_unavailable")"), std::string::npos);
  EXPECT_NE(driver.output.find(R"("dependencies":{"store":"unavailable"})"), std::string::npos);
}

TEST(Session, ReadinessNamesWhatTheStoreDependsOn) {
  SessionDriver driver;
  driver.store.set_dependencies(
      {{"kafka", "3 brokers", true}, {"redis", "", true}, {"influx\"db", "a\nb", false}});
  driver.arrive(request("GET", "/readyz"));
  const std::string dependencies =
      ",\n\"kafka\":\"ready: 3 brokers\",\n\"redis\":\"ready\",\n\"influx?db\":\"unavailable: a?b\"}";
  EXPECT_TRUE(driver.output.ends_with("\r\n\r\n{\"status\":\"ready\",\"dependencies\":{\"store\":\"ready\"" +
                                      dependencies + ",\"detail\":\"as the test says\"}\n"))
      << driver.output;
  EXPECT_EQ(statuses(driver.output), Statuses{"200"}) << "the store alone says whether it is ready";
  driver.output.clear();
  driver.store.set_condition(ports::StoreCondition::unavailable);
  driver.arrive(request("GET", "/readyz"));
  EXPECT_EQ(statuses(driver.output), Statuses{"503"});
  EXPECT_TRUE(driver.output.ends_with(",\"dependencies\":{\"store\":\"unavailable\"" + dependencies + "}\n"))
      << driver.output;
}

TEST(Session, WithoutTheApiOnlyOperationIsServed) {
  ServerSettings settings;
  settings.serves_api = false;
  SessionDriver driver(settings);
  driver.store.set_condition(ports::StoreCondition::recovering);
  driver.arrive(kRead + click("ann") + request("POST", "/analytics/batch", "Content-Length: 0\r\n") +
                request("GET", "/analytics/events") + request("DELETE", "/analytics") + request("GET", "/x"));
  EXPECT_EQ(statuses(driver.output), Statuses(6, "404"));
  EXPECT_EQ(driver.output.find("Allow:"), std::string::npos);
  EXPECT_TRUE(driver.submissions.empty());
  driver.output.clear();
  driver.arrive(request("GET", "/readyz") + request("GET", "/healthz") + request("GET", "/metrics") +
                request("POST", "/healthz") + request("OPTIONS", "*"));
  EXPECT_EQ(statuses(driver.output), (Statuses{"503", "200", "200", "405", "405"}));
  EXPECT_NE(driver.output.rfind("Allow: GET, HEAD\r\n"), std::string::npos);
  EXPECT_EQ(driver.output.find("Allow: GET, HEAD, POST"), std::string::npos);
  driver.store.set_condition(ports::StoreCondition::ready);
  driver.arrive(request("GET", "/readyz"));
  EXPECT_EQ(statuses(driver.output).back(), "200");
}

TEST(Session, TheLastAnswerOfADrainedConnectionSaysThatItCloses) {
  SessionDriver driver;
  driver.session.drain(false);
  driver.arrive(kRead + kRead);
  const std::size_t close = driver.output.find("Connection: close");
  EXPECT_GT(close, driver.output.rfind("HTTP/1.1 200"));
  EXPECT_NE(close, std::string::npos);
  EXPECT_EQ(driver.session.wants(), Wants::close);
}

/// The session has these requests, and the store their events, when draining begins.
void expect_that_the_last_closes(const std::string& input, const Statuses& expected) {
  SessionDriver driver;
  driver.commits_at_once = false;
  driver.arrive(input);
  ASSERT_EQ(driver.session.wants(), Wants::submit);
  driver.store.record(driver.session.take_events());
  driver.session.drain(false);
  driver.session.submission_ended(std::nullopt, {});
  driver.take_output();
  EXPECT_EQ(statuses(driver.output), expected);
  EXPECT_EQ(driver.output.find("Connection: close"), driver.output.rfind("Connection: close"));
  EXPECT_GT(driver.output.find("Connection: close"), driver.output.rfind("HTTP/1.1 "));
  EXPECT_NE(driver.output.find("Connection: close"), std::string::npos);
  EXPECT_EQ(driver.session.wants(), Wants::close);
}

TEST(Session, AnAnswerThatWaitedWhenDrainingBeganSaysThatItCloses) {
  expect_that_the_last_closes(click("ann"), {"204"});
  expect_that_the_last_closes(click("ann") + click("ben"), {"204", "204"});
  expect_that_the_last_closes(click("ann") + request("GET", "/nowhere"), {"204", "404"});
  expect_that_the_last_closes(click("ann") + request("DELETE", "/healthz"), {"204", "405"});
  expect_that_the_last_closes(click("ann") + kRead, {"204", "200"});
}

TEST(Session, ADrainedConnectionGoesOnBehindWhatWaitedWhileARequestIsHalfReceived) {
  for (const std::string& half :
       {std::string("GET /heal"), request("POST", "/healthz", "Content-Length: 2\r\n")}) {
    SessionDriver driver;
    driver.commits_at_once = false;
    driver.arrive(click("ann") + half);
    driver.store.record(driver.session.take_events());
    driver.session.drain(false);
    driver.session.submission_ended(std::nullopt, {});
    driver.take_output();
    EXPECT_EQ(driver.output.find("Connection: close"), std::string::npos) << half;
    EXPECT_EQ(driver.session.wants(), Wants::read);
  }
}

TEST(Session, WhileMoreFollowsADrainedConnectionDoesNotClose) {
  SessionDriver driver;
  driver.session.drain(true);
  driver.arrive(kRead);
  EXPECT_EQ(driver.output.find("Connection: close"), std::string::npos);
  EXPECT_EQ(driver.session.wants(), Wants::read);
  driver.session.drain(false);
  driver.arrive(kRead);
  EXPECT_NE(driver.output.find("Connection: close"), std::string::npos);
  EXPECT_EQ(driver.session.wants(), Wants::close);
}

TEST(Session, Http10ClosesUnlessItIsAskedToStay) {
  SessionDriver stays;
  stays.arrive("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(stays.output.find("Connection: keep-alive"), std::string::npos);
  EXPECT_EQ(stays.session.wants(), Wants::read);
  SessionDriver closes;
  closes.arrive("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(closes.session.wants(), Wants::close);
}

}  // namespace
}  // namespace hourglass::http
