#include "http/connection.hpp"

#include <string>
#include <thread>
#include <utility>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "http/testing/requests.hpp"
#include "http/testing/session_driver.hpp"

namespace hourglass::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// Keeps what a connection asks for, as a store does that has not answered yet.
class AskedOwner final : public ConnectionOwner {
 public:
  std::optional<base::Error> submit(const std::shared_ptr<Connection>& connection,
                                    std::vector<core::Event>) override {
    waiting = connection;
    return std::nullopt;
  }
  void begin_read(const std::shared_ptr<Connection>& connection, const ReadQuery&,
                  const ports::LogMark& contains) override {
    waiting = connection;
    mark = contains;
  }
  std::unique_ptr<ExportStream> begin_export(core::HourRange) override { return nullptr; }
  void closed(const std::shared_ptr<Connection>&) override { ++closings; }

  std::shared_ptr<Connection> waiting;
  ports::LogMark mark;
  int closings = 0;
};

/// A connection whose client is the test, with room for little that has not been read.
class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    store_.answer_later();
    tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
    client_.open(tcp::v4());
    client_.set_option(asio::socket_base::receive_buffer_size(1));
    client_.connect(acceptor.local_endpoint());
    tcp::socket socket = acceptor.accept();
    socket.set_option(asio::socket_base::send_buffer_size(1));
    connection_ = std::make_shared<Connection>(std::move(socket), places_.take(), context_, owner_);
    connection_->start(std::nullopt);
  }

  /// The last who keeps the connection is whoever runs it.
  ~ConnectionTest() override { owner_.waiting.reset(); }

  /// Lets the connection do what it can until that is so.
  template <typename Condition>
  void run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      io_.restart();
      io_.run_for(1ms);
    }
  }

  /// Ends the client's side as a program does that is killed.
  void reset_client() {
    client_.set_option(asio::socket_base::linger(true, 0));
    client_.close();
  }

  ServerSettings settings_;
  MemoryStore store_;
  QuietClock clock_;
  QuietLog log_;
  Services services_{store_, &store_, clock_, log_, {}};
  BatchMemory batch_memory_{settings_.max_batch_memory};
  SessionContext context_{settings_, services_, batch_memory_, {}, {}, false, {}};
  AskedOwner owner_;
  Places places_{1};
  asio::io_context io_;
  tcp::socket client_{io_};
  std::shared_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, AReadHasToContainTheEventsOfItsConnection) {
  asio::write(client_, asio::buffer(click("ann") + kRead));
  run_until([&] { return owner_.waiting != nullptr; });
  owner_.waiting.reset();
  connection_->submission_ended(std::nullopt, {{4, 2}});
  EXPECT_EQ(owner_.waiting, connection_);
  EXPECT_EQ(owner_.mark.next, (std::vector<std::int64_t>{4, 2}));
  connection_->read_came(ports::HourReading{});
  std::string text(1'000, ' ');
  text.resize(client_.read_some(asio::buffer(text)));
  EXPECT_EQ(statuses(text), (std::vector<std::string>{"204", "200"}));
}

TEST_F(ConnectionTest, MayCloseWhileAReadIsUnderWay) {
  std::string input;  // whose answers the client does not read
  for (int i = 0; i < 80; ++i)
    input += "GET /nope HTTP/1.1\r\nHost:\r\n\r\n";
  asio::write(client_, asio::buffer(input + kRead));
  run_until([&] { return owner_.waiting != nullptr; });
  reset_client();
  run_until([&] { return owner_.closings == 1; });
  connection_.reset();
  owner_.waiting->read_came(ports::HourReading{});
  EXPECT_EQ(owner_.closings, 1);
  EXPECT_EQ(owner_.waiting.use_count(), 1) << "nothing is left under way";
}

TEST_F(ConnectionTest, WhatWaitedWhenDrainingBeganSaysThatTheConnectionCloses) {
  asio::write(client_, asio::buffer(click("ann")));
  run_until([&] { return owner_.waiting != nullptr; });
  connection_->drain();
  connection_->submission_ended(std::nullopt, {});
  std::string text(1'000, ' ');
  text.resize(client_.read_some(asio::buffer(text)));
  EXPECT_EQ(statuses(text), std::vector<std::string>{"204"});
  EXPECT_NE(text.find("Connection: close"), std::string::npos);
}

/// What the read had taken from the kernel stands in nobody's count of what is still to be taken.
TEST_F(ConnectionTest, AnOverdueConnectionAnswersWhatAReadUnderWayHasTaken) {
  constexpr std::size_t kRequests = 8;
  const std::string filler = "X-Filler: " + std::string(4'000, 'x') + "\r\n";  // two fill a buffer
  std::string input;
  for (std::size_t i = 0; i < kRequests; ++i)
    input += request("POST", "/analytics?timestamp=1700000000000&user=ann&click", filler);
  asio::write(client_, asio::buffer(input));
  run_until([&] { return owner_.waiting != nullptr; });
  owner_.waiting.reset();
  connection_->submission_ended(std::nullopt, {});  // reads on at once, and is told of it later
  connection_->drain();
  connection_->give_up();
  run_until([&] {
    if (const auto waiting = std::exchange(owner_.waiting, nullptr))
      waiting->submission_ended(std::nullopt, {});
    return owner_.closings == 1;
  });
  std::string text;
  boost::system::error_code end;
  asio::read(client_, asio::dynamic_buffer(text), end);
  EXPECT_EQ(statuses(text), std::vector<std::string>(kRequests, "204"));
}

TEST_F(ConnectionTest, AnOverdueConnectionStillAnswersItsRead) {
  asio::write(client_, asio::buffer(kRead));
  run_until([&] { return owner_.waiting != nullptr; });
  connection_->drain();
  connection_->give_up();
  EXPECT_EQ(owner_.closings, 0) << "the store is waited for";
  connection_->read_came(ports::HourReading{});
  EXPECT_EQ(owner_.closings, 1);
  std::string text(1'000, ' ');
  text.resize(client_.read_some(asio::buffer(text)));
  EXPECT_EQ(statuses(text), std::vector<std::string>{"200"});
  EXPECT_NE(text.find("Connection: close"), std::string::npos);
}

}  // namespace
}  // namespace hourglass::http
