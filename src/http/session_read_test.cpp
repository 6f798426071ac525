// How a session answers reads of a store that answers later: see session_test.cpp for the protocol.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/session.hpp"
#include "http/testing/requests.hpp"
#include "http/testing/session_driver.hpp"

namespace hourglass::http {
namespace {

using base::ErrorCode;
using ports::Consistency;
using Wants = Session::Wants;

using Statuses = std::vector<std::string>;
using Next = std::vector<std::int64_t>;

class SessionRead : public ::testing::Test {
 protected:
  SessionRead() { driver_.store.answer_later(); }

  /// The session asks, and the test has to answer.
  void ask(const std::string& input) {
    driver_.commits_at_once = false;
    driver_.arrive(input);
    ASSERT_EQ(driver_.session.wants(), Wants::reading);
    query_ = driver_.session.take_read();
    ASSERT_EQ(driver_.session.wants(), Wants::outcome);
  }

  void answer(const base::Result<ports::HourReading>& reading) {
    driver_.session.read_came(reading);
    driver_.take_output();
  }

  SessionDriver driver_;
  ReadQuery query_;
};

TEST_F(SessionRead, AsksTheStoreAndAnswersWhenThatHas) {
  ask(kRead);
  EXPECT_EQ(query_.hour, core::hour_of(core::Timestamp{1'700'000'000'000}));
  EXPECT_EQ(query_.consistency, Consistency::fast);
  EXPECT_FALSE(driver_.session.has_output());
  answer(ports::HourReading{{3, 2, 1}});
  EXPECT_EQ(statuses(driver_.output), Statuses{"200"});
  EXPECT_TRUE(driver_.output.ends_with("unique_users,3\nclicks,2\nimpressions,1\n"));
  EXPECT_EQ(driver_.session.wants(), Wants::read);
}

TEST_F(SessionRead, HandsTheConsistencyOn) {
  ask(request("GET", "/analytics?timestamp=1&consistency=strong"));
  EXPECT_EQ(query_.consistency, Consistency::strong);
  answer(ports::HourReading{});
  ask(request("GET", "/analytics?timestamp=1&consistency=fast"));
  EXPECT_EQ(query_.consistency, Consistency::fast);
}

TEST_F(SessionRead, AStoreThatHasTheAnswerAtHandIsNotAskedAgain) {
  SessionDriver driver;
  driver.arrive(kRead + request("GET", "/analytics?timestamp=1&consistency=strong"));
  EXPECT_EQ(statuses(driver.output), (Statuses{"200", "200"}));
  EXPECT_TRUE(driver.reads.empty());
}

TEST_F(SessionRead, RequestsBehindAReadWaitForTheirTurn) {
  ask(kRead + click("ann") + kRead + request("GET", "/healthz"));
  EXPECT_FALSE(driver_.session.has_output());
  answer(ports::HourReading{});
  EXPECT_EQ(statuses(driver_.output), Statuses{"200"});
  EXPECT_EQ(driver_.session.wants(), Wants::submit);
  driver_.commit();
  EXPECT_EQ(statuses(driver_.output), (Statuses{"200", "204", "200", "200"}));
  EXPECT_NE(driver_.output.find("clicks,1"), std::string::npos);
  EXPECT_EQ(driver_.submissions, std::vector<std::size_t>{1});
}

TEST_F(SessionRead, AnswersAreTheSameAsThoseOfAStoreThatHasThemAtHand) {
  const std::string input = click("ann") + kRead + request("HEAD", "/analytics?timestamp=1700000000000") +
                            request("GET", "/analytics?timestamp=") + kRead + click("bob") + kRead +
                            request("GET", "/analytics?timestamp=1", "Connection: close\r\n") + kRead;
  SessionDriver at_hand;
  at_hand.arrive(input);
  EXPECT_EQ(statuses(at_hand.output), (Statuses{"204", "200", "200", "400", "200", "204", "200", "200"}));
  for (const std::size_t piece : {1UL, 7UL, 64UL, 10'000UL}) {
    SessionDriver later;
    later.store.answer_later();
    later.arrive(input, piece);
    EXPECT_EQ(later.output, at_hand.output);
    EXPECT_EQ(later.reads.size(), 5U);
    EXPECT_EQ(later.session.wants(), Wants::close);
  }
}

TEST_F(SessionRead, ManyPipelinedReadsAreAnsweredInTurns) {
  std::string input;
  for (int i = 0; i < 2'000; ++i)
    input += kRead;
  driver_.arrive(input);
  EXPECT_EQ(statuses(driver_.output).size(), 2'000U);
  EXPECT_EQ(driver_.reads.size(), 2'000U);
  EXPECT_GE(driver_.turns, 10U);
  EXPECT_LE(driver_.longest_output, 66U * 1024);
}

TEST_F(SessionRead, HeadIsGetWithoutTheBody) {
  ask(request("HEAD", "/analytics?timestamp=1"));
  answer(ports::HourReading{{3, 2, 1}});
  EXPECT_EQ(statuses(driver_.output), Statuses{"200"});
  EXPECT_TRUE(driver_.output.ends_with("Content-Length: 38\r\n\r\n")) << driver_.output;
}

TEST_F(SessionRead, AFailureIsTheAnswerAndTheConnectionStays) {
  for (const auto& [code, name] : {std::pair(ErrorCode::deadline_exceeded, "deadline_exceeded"),
                                   std::pair(ErrorCode::store_unavailable, "store_unavailable")}) {
    driver_.output.clear();
    ask(kRead);
    answer(base::fail(code, "not in time"));
    EXPECT_EQ(statuses(driver_.output), Statuses{"503"});
    EXPECT_NE(driver_.output.find("\r\nRetry-After: 1\r\n"), std::string::npos);
    EXPECT_NE(driver_.output.find("\"code\":\"" + std::string(name) + '"'), std::string::npos);
    EXPECT_EQ(driver_.session.wants(), Wants::read);
  }
}

TEST_F(SessionRead, AnAnswerThatComesWhileTheServerDrainsIsTheLast) {
  ask(kRead);
  driver_.session.drain(false);
  answer(ports::HourReading{});
  EXPECT_NE(driver_.output.find("Connection: close"), std::string::npos);
  EXPECT_EQ(driver_.session.wants(), Wants::close);
}

TEST_F(SessionRead, TheClientsEndIsHeardBehindTheAnswer) {
  ask(kRead);
  driver_.session.input_ended();
  EXPECT_EQ(driver_.session.wants(), Wants::outcome);
  answer(ports::HourReading{});
  EXPECT_EQ(statuses(driver_.output), Statuses{"200"});
  EXPECT_EQ(driver_.session.wants(), Wants::close);
}

TEST_F(SessionRead, KnowsWhereTheEventsOfItsConnectionStand) {
  EXPECT_TRUE(driver_.session.written().next.empty());
  driver_.written = {{0, 5}};
  driver_.arrive(click("ann"));
  driver_.written = {{7, 4}};
  const std::string line = R"({"timestamp":1,"user":"u","event":"click"})";
  driver_.arrive(
      request("POST", "/analytics/batch", "Content-Length: " + std::to_string(line.size()) + "\r\n") + line);
  EXPECT_EQ(driver_.session.written().next, (Next{7, 5}));
  // Nobody knows whether these were counted, but where they may stand is known.
  driver_.failure = base::Error{ErrorCode::outcome_unknown, "unknown"};
  driver_.written = {{0, 0, 3}};
  driver_.arrive(click("bob"));
  EXPECT_EQ(driver_.session.written().next, (Next{7, 5, 3}));
  EXPECT_EQ(statuses(driver_.output), (Statuses{"204", "200", "504"}));
}

TEST(Answers, SayHowTheNumbersOfAReadCameAbout) {
  const auto head_of = [](const ports::HourReading& reading) {
    std::string text;
    Answers().totals(text, {}, reading);
    return text.substr(0, text.find("Content-Type"));
  };
  const std::string date = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
  EXPECT_EQ(head_of({}), date +
                             "Cache-Control: no-store\r\nHourglass-Uniques: exact\r\n"
                             "Hourglass-Source: hot\r\n");
  ports::HourReading reading{
      {}, ports::Source::cold, ports::Uniques::approximate, std::chrono::milliseconds{1'250}};
  EXPECT_EQ(head_of(reading), date +
                                  "Cache-Control: no-store\r\n"
                                  "Hourglass-Uniques: approximate;error=0.0081\r\n"
                                  "Hourglass-Source: cold\r\nHourglass-Lag-Ms: 1250\r\n");
  reading.lag = std::chrono::milliseconds{-3};  // the clock has been put back
  EXPECT_NE(head_of(reading).find("Hourglass-Lag-Ms: 0\r\n"), std::string::npos);
}

}  // namespace
}  // namespace hourglass::http
