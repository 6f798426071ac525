// What one connection may take of memory and of its thread: see session_test.cpp for the protocol.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/gzip.hpp"
#include "http/session.hpp"
#include "http/testing/requests.hpp"
#include "http/testing/session_driver.hpp"

namespace hourglass::http {
namespace {

using base::ErrorCode;
using base::gzip;
using Wants = Session::Wants;

using Statuses = std::vector<std::string>;

TEST(Session, OutputThatIsBuiltBeforeItIsWrittenIsBounded) {
  constexpr std::size_t kPage = 13'000;
  SessionDriver driver;
  driver.services.render_metrics = [] { return std::string(kPage, 'm'); };
  std::string input;
  for (int i = 0; i < 2'000; ++i)
    input += "GET /metrics HTTP/1.1\r\nHost:\r\n\r\n";
  driver.arrive(input);
  EXPECT_EQ(statuses(driver.output).size(), 2'000U);
  EXPECT_LE(driver.longest_output, 64U * 1024 + kPage + 1'000);
  EXPECT_GE(driver.turns, 2'000U * kPage / (80U * 1024));
}

TEST(Session, APageOfMetricsIsMadeOnceForRequestsThatArriveTogether) {
  SessionDriver driver;
  int pages = 0;
  driver.services.render_metrics = [&] { return "page " + std::to_string(++pages) + "\n"; };
  const std::string metrics = request("GET", "/metrics");
  driver.arrive(metrics + metrics + metrics);
  EXPECT_EQ(pages, 1);
  driver.arrive(metrics.substr(0, 10));
  driver.arrive(metrics.substr(10));
  EXPECT_EQ(pages, 2);
  driver.arrive(metrics + metrics.substr(0, 10));
  driver.arrive(metrics.substr(10));
  EXPECT_EQ(pages, 4) << "a request that was not complete yet gets a new page";
  driver.arrive(metrics + click("ann") + metrics + metrics);
  EXPECT_EQ(pages, 6) << "what follows another request shows it";
  EXPECT_EQ(driver.turns, 6U) << "a page takes a turn";
  EXPECT_EQ(statuses(driver.output).size(), 10U);
}

TEST(Session, AnswersThatWaitBehindAnOutcomeAreBounded) {
  SessionDriver driver;
  std::string input;
  for (int i = 0; i < 10'000; ++i)
    input += i % 500 == 0 ? click("ann") : "GET /nope HTTP/1.1\r\nHost:\r\n\r\n";
  driver.arrive(input);
  EXPECT_EQ(statuses(driver.output).size(), 10'000U);
  EXPECT_LE(driver.longest_output, 66U * 1024) << "500 answers are longer";
}

TEST(Session, ManyRequestsTakeManyTurns) {
  SessionDriver driver;
  std::string input;
  for (int i = 0; i < 2'000; ++i)
    input += click("u" + std::to_string(i % 7)) + kRead;
  driver.arrive(input);
  EXPECT_EQ(statuses(driver.output).size(), 4'000U);
  EXPECT_GE(driver.turns, 10U);
  SessionDriver few;
  few.arrive(click("ann") + kRead + kRead);
  EXPECT_EQ(few.turns, 0U);
}

TEST(Session, ABatchIsReadInTurnsAndAnsweredAsEver) {
  const std::string text = R"({"timestamp":1700000000000,"user":"u","event":"click"})"
                           "\n";
  std::string body;
  for (int i = 0; i < 20'000; ++i)
    body += i % 2 == 0 ? "x\n" : text;
  const std::string compressed = gzip(body);
  SessionDriver driver;
  driver.arrive(
      request("POST", "/analytics/batch",
              "Content-Encoding: gzip\r\nContent-Length: " + std::to_string(compressed.size()) + "\r\n") +
      compressed + kRead);
  EXPECT_EQ(statuses(driver.output), (Statuses{"200", "200"}));
  EXPECT_NE(driver.output.find(R"("rejected_count":10000})"), std::string::npos);
  EXPECT_NE(driver.output.find("clicks,10000\n"), std::string::npos);
  EXPECT_GE(driver.turns, 10U);
}

TEST(Session, ABatchThatFindsNoMemoryIsRefusedAsAWholeAndTheConnectionStays) {
  ServerSettings settings;
  settings.max_batch_memory = 100'000;
  SessionDriver driver(settings);
  const std::string text = R"({"timestamp":1700000000000,"user":"u","event":"click"})"
                           "\n";
  std::string body;
  for (int i = 0; i < 2'000; ++i)
    body += text;
  const std::string batch =
      request("POST", "/analytics/batch", "Content-Length: " + std::to_string(body.size()) + "\r\n") + body;
  BatchMemory::Share other(driver.batch_memory);
  ASSERT_TRUE(other.hold(1'000));
  driver.arrive(batch + kRead);
  EXPECT_EQ(statuses(driver.output), (Statuses{"503", "200"}));
  EXPECT_NE(driver.output.find("Retry-After: "), std::string::npos);
  EXPECT_NE(driver.output.find(R"("code":"overloaded")"), std::string::npos);
  EXPECT_NE(driver.output.find("clicks,0\n"), std::string::npos);
  EXPECT_EQ(driver.batch_memory.held_bytes(), 1'000U);
  other.hold(0);
  driver.arrive(batch + kRead);
  EXPECT_EQ(statuses(driver.output), (Statuses{"503", "200", "200", "200"}));
  EXPECT_NE(driver.output.find("clicks,2000\n"), std::string::npos);
  EXPECT_EQ(driver.batch_memory.held_bytes(), 0U);
}

TEST(Session, ABatchThatDoesNotArriveWholeGivesItsMemoryBack) {
  const std::string part =
      request("POST", "/analytics/batch", "Content-Length: 50000\r\n") + std::string(9'000, 'x');
  for (const bool is_refused : {true, false}) {
    BatchMemory memory(1 << 20);
    ServerSettings settings;
    MemoryStore store;
    QuietClock clock;
    QuietLog log;
    Services services{store, &store, clock, log, {}};
    SessionContext context{settings, services, memory, {}, {}, false, {}};
    std::optional<Session> session(std::in_place, context, Peer::local);
    for (std::string_view left = part; !left.empty();) {
      const std::span<char> space = session->space();
      const std::size_t count = std::min(left.size(), space.size());
      std::copy_n(left.begin(), count, space.begin());
      left.remove_prefix(count);
      session->received(count);
    }
    EXPECT_GT(memory.held_bytes(), 8'000U);
    if (is_refused)
      session->refuse({ErrorCode::request_timeout, "too slow"});
    else
      session.reset();
    EXPECT_EQ(memory.held_bytes(), 0U);
  }
}

TEST(Session, TheClientsEndIsHeardInAnyTurn) {
  SessionDriver driver;
  std::string input;
  for (int i = 0; i < 1'000; ++i)
    input += kRead;
  const std::span<char> space = driver.session.space();
  input.resize(std::min(input.size(), space.size()));
  std::copy(input.begin(), input.end(), space.begin());
  driver.session.received(input.size());
  driver.session.input_ended();
  driver.take_turns();
  EXPECT_EQ(driver.session.wants(), Wants::close);
}

TEST(Session, UnreadOutputIsBounded) {
  SessionDriver driver;
  driver.commits_at_once = false;
  std::string input;
  for (int i = 0; i < 5'000; ++i)
    input += kRead;
  driver.arrive(input, 64 * 1024);
  EXPECT_LE(driver.session.space().size(), 128U * 1024) << "the buffer does not grow without bound";
}

}  // namespace
}  // namespace hourglass::http
