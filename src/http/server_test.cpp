#include "http/server.hpp"

#include <algorithm>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "http/testing/requests.hpp"
#include "http/testing/session_driver.hpp"

namespace hourglass::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

const std::string kClick =
    "POST /analytics?timestamp=1700000000000&user=ann&click HTTP/1.1\r\nHost: x\r\nContent-Length: "
    "2\r\n\r\nok";
const std::string kExport = "GET /analytics/events HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server over a store in memory, and clients of it.
class ServerTest : public ::testing::Test {
 protected:
  void start(std::chrono::milliseconds drain_timeout, std::size_t threads = 1,
             std::chrono::milliseconds idle_timeout = 75'000ms) {
    ServerSettings settings;
    settings.port = 0;
    settings.threads = threads;
    settings.drain_timeout = drain_timeout;
    settings.idle_timeout = idle_timeout;
    auto started = Server::start(settings, {store_, &store_, clock_, log_, [] { return std::string(); }});
    ASSERT_TRUE(started);
    server_ = std::move(*started);
  }

  tcp::socket connect() {
    tcp::socket socket(io_);
    socket.connect({asio::ip::address_v4::loopback(), server_->port()});
    return socket;
  }

  /// A connection on which so much has arrived, and been looked at.
  tcp::socket connect_and_send(const std::string& bytes) {
    tcp::socket socket = connect();
    asio::write(socket, asio::buffer(bytes));
    std::this_thread::sleep_for(100ms);
    return socket;
  }

  /// How many answers with this status come until the end.
  static std::ptrdiff_t answers(tcp::socket& socket, const std::string& status) {
    std::string text;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(text), end);
    std::ptrdiff_t count = 0;
    for (std::size_t at = text.find("HTTP/1.1 " + status); at != std::string::npos;
         at = text.find("HTTP/1.1 " + status, at + 1))
      ++count;
    return count;
  }

  /// Waits until so many reads have been begun with the store in all.
  void wait_for_reads(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (store_.marks_read().size() < count) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(1ms);
    }
  }

  /// Begins to stop; the result is there when that has come to its end.
  std::future<void> stop() {
    auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
    std::this_thread::sleep_for(200ms);
    return stopped;
  }

  /// More events than fit into the buffers of sockets.
  void fill() {
    const core::Event event{core::Timestamp{1'700'000'000'000},
                            *core::User::from_bytes(std::string(250, 'u')), core::Kind::click, std::nullopt};
    store_.record(std::vector<core::Event>(50'000, event));
    store_.cut_exports_into(200);
  }

  MemoryStore store_;
  QuietClock clock_;
  QuietLog log_;
  asio::io_context io_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, WhatWaitsForTheStoreIsAnsweredHoweverLongThatTakes) {
  start(0ms);
  store_.hold();
  tcp::socket socket = connect_and_send(kClick + kRead + kClick + kRead);
  auto stopped = stop();
  EXPECT_EQ(stopped.wait_for(0ms), std::future_status::timeout);
  store_.release();
  EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(answers(socket, "20"), 4);
}

TEST_F(ServerTest, AfterDrainTimeoutAHalfReceivedRequestIsNotWaitedForEvenBehindOneThatWasAnswered) {
  start(0ms);
  store_.hold();
  tcp::socket socket = connect_and_send(kClick + kClick.substr(0, kClick.size() - 1));
  auto stopped = stop();
  store_.release();
  EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(answers(socket, "204"), 1);
}

TEST_F(ServerTest, WhatArrivesBehindAnUnansweredRequestIsAnsweredToo) {
  const std::string behind = kClick + kRead + kClick;
  for (const auto drain_timeout : {0ms, 60'000ms}) {
    start(drain_timeout);
    store_.hold();
    tcp::socket socket = connect_and_send(kClick);
    // The connection reads nothing as long as it waits for the store.
    asio::write(socket, asio::buffer(behind));
    std::this_thread::sleep_for(100ms);
    auto stopped = stop();
    store_.release();
    EXPECT_EQ(answers(socket, "20"), 4);
    socket.close();
    EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
  }
}

TEST_F(ServerTest, ReadsThatTheStoreAnswersLaterAreAnsweredInTheirOrder) {
  start(0ms, 2);
  store_.write_at({{0, 17}});
  store_.hold_reads();
  std::vector<tcp::socket> sockets;
  for (int i = 0; i < 20; ++i) {
    sockets.push_back(connect());
    asio::write(sockets.back(), asio::buffer(kRead + kClick + kRead));
  }
  wait_for_reads(20);
  store_.release_reads();
  for (tcp::socket& socket : sockets)
    socket.shutdown(tcp::socket::shutdown_send);
  for (tcp::socket& socket : sockets) {
    std::string text;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(text), end);
    EXPECT_EQ(statuses(text), (std::vector<std::string>{"200", "204", "200"}));
  }
  std::size_t behind_a_post = 0;
  for (const ports::LogMark& mark : store_.marks_read())
    behind_a_post += mark.next == std::vector<std::int64_t>{0, 17} ? 1 : 0;
  EXPECT_EQ(behind_a_post, 20U) << "each read behind a POST, and only those";
}

TEST_F(ServerTest, ReadsUnderWayAreAnsweredHoweverLongThatTakes) {
  const std::string behind = kClick + kRead + kClick;
  std::size_t begun = 0;
  for (const auto drain_timeout : {0ms, 60'000ms}) {
    start(drain_timeout);
    store_.hold_reads();
    tcp::socket socket = connect();
    asio::write(socket, asio::buffer(kRead + kClick));
    wait_for_reads(++begun);
    // The connection reads nothing as long as it waits for the store.
    asio::write(socket, asio::buffer(behind));
    auto stopped = stop();
    EXPECT_EQ(stopped.wait_for(0ms), std::future_status::timeout);
    store_.release_reads();
    EXPECT_EQ(answers(socket, "20"), 5);
    ++begun;  // the read behind
    socket.close();
    EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
  }
}

TEST_F(ServerTest, AFailedReadIsAnswered) {
  start(0ms);
  store_.answer_later();
  store_.fail_reads(base::Error{base::ErrorCode::deadline_exceeded, "not in time"});
  tcp::socket socket = connect();
  asio::write(socket, asio::buffer(kRead + kClick));
  socket.shutdown(tcp::socket::shutdown_send);
  std::string text;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(text), end);
  EXPECT_EQ(statuses(text), (std::vector<std::string>{"503", "204"}));
}

TEST_F(ServerTest, AClientIsNotToBlameForTheTimeThatAReadTook) {
  start(0ms, 1, 40ms);
  store_.hold_reads();
  tcp::socket socket = connect();
  asio::write(socket, asio::buffer(kRead));
  wait_for_reads(1);
  clock_.advance(1h);
  std::this_thread::sleep_for(100ms);  // the connections are looked at
  store_.release_reads();
  std::string text;
  asio::read_until(socket, asio::dynamic_buffer(text), "impressions,0\n");
  std::this_thread::sleep_for(100ms);
  asio::write(socket, asio::buffer(kClick));
  socket.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(answers(socket, "204"), 1);
}

TEST_F(ServerTest, AHalfReceivedRequestMayComplete) {
  start(60'000ms);
  tcp::socket socket = connect_and_send(kClick.substr(0, 10));
  auto stopped = stop();
  asio::write(socket, asio::buffer(kClick.substr(10)));
  EXPECT_EQ(answers(socket, "204"), 1);
  socket.close();
  EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
}

TEST_F(ServerTest, AfterDrainTimeoutAnExportIsCut) {
  fill();
  for (int round = 0; round < 10; ++round) {
    start(std::chrono::milliseconds{round}, 2);
    tcp::socket unread = connect_and_send(kExport);
    tcp::socket read = connect();
    asio::write(read, asio::buffer(kExport));
    auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
    answers(read, "200");
    ASSERT_EQ(stopped.wait_for(10s), std::future_status::ready);
    server_.reset();
  }
}

TEST_F(ServerTest, AnExportOfAClientThatIsGoneMakesRoomForAnother) {
  fill();
  start(0ms, 2);
  for (int round = 0; round < 20; ++round) {
    std::vector<tcp::socket> gone;
    for (int i = 0; i < 3; ++i) {
      gone.push_back(connect());
      asio::write(gone.back(), asio::buffer(kExport));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{round % 4});
    gone.clear();
  }
  std::string text;
  for (int attempt = 0; text.empty(); ++attempt) {
    ASSERT_LT(attempt, 10'000);
    tcp::socket socket = connect();
    asio::write(socket, asio::buffer(kExport));
    boost::system::error_code end;
    asio::read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n", end);
    const bool is_refused = text.starts_with("HTTP/1.1 503");
    ASSERT_TRUE(is_refused || text.starts_with("HTTP/1.1 200")) << text.substr(0, 200);
    socket.shutdown(tcp::socket::shutdown_send);
    asio::read(socket, asio::dynamic_buffer(text), end);
    if (is_refused)
      text.clear();
  }
  EXPECT_TRUE(text.ends_with("\r\n0\r\nHourglass-Incomplete-Hours: 0\r\n\r\n"));
}

/// Some requests are with the kernel, some with operations that have ended, some with the session.
TEST_F(ServerTest, StoppingAtAnyMomentAnswersWhatHasBeenSent) {
  for (int round = 0; round < 50; ++round) {
    start(60'000ms, 2);
    std::vector<tcp::socket> sockets;
    sockets.reserve(20);
    for (int i = 0; i < 20; ++i)
      sockets.push_back(connect());
    std::this_thread::sleep_for(std::chrono::microseconds{round * 20});
    for (tcp::socket& socket : sockets)
      asio::write(socket, asio::buffer(kClick + kRead));
    auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
    for (tcp::socket& socket : sockets)
      ASSERT_EQ(answers(socket, "20"), 2);
    sockets.clear();
    ASSERT_EQ(stopped.wait_for(10s), std::future_status::ready);
  }
}

}  // namespace
}  // namespace hourglass::http
