#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/session.hpp"

namespace hourglass::http {

class Connection;

/// What a connection needs from the thread that it belongs to. Outlives it.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;

  /// Hands events to the store. A refusal is returned; otherwise Connection::submission_ended() follows
  /// later, on the same thread.
  virtual std::optional<base::Error> submit(const std::shared_ptr<Connection>& connection,
                                            std::vector<core::Event> events) = 0;

  /// The connection is closed; called once.
  virtual void closed(const std::shared_ptr<Connection>& connection) = 0;
};

/// A socket and the session that speaks on it: moves bytes between the two, hands on what the session
/// submits, and closes in a way that lets the client read the last answer. All of it on the thread of its
/// socket. Shared by the owner and by the operations that are under way.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Connection(Socket socket, SessionContext& context, ConnectionOwner& owner);

  void start();

  /// Answers with an error and closes.
  void refuse(const base::Error& error);

  void submission_ended(const std::optional<base::Error>& failure);

  /// Ends the connection if it stands still for too long. Called now and then.
  void check_time(std::chrono::nanoseconds now);

  /// Closes when everything that has arrived completely is answered.
  void drain();

  /// Closes at once, unless the outcome of a submission is still to be told.
  void give_up();

 private:
  enum class Stage : std::uint8_t { open, lingering, closed };

  void pump();
  void submit();
  void yield();
  void read();
  void start_reading();
  void on_read(const boost::system::error_code& error, std::size_t count);
  bool write();
  void on_written(const boost::system::error_code& error);
  void linger();
  void close();
  void touch();

  Socket socket_;
  SessionContext& context_;
  ConnectionOwner& owner_;
  Session session_;
  Stage stage_ = Stage::open;
  bool reading_ = false;
  bool writing_ = false;
  bool draining_ = false;
  std::string written_;  // what is being written
  std::chrono::nanoseconds last_progress_{0};
  std::optional<std::chrono::nanoseconds>
      head_began_;                     // when the first bytes of a head that is incomplete came
  std::uint64_t heads_completed_ = 0;  // by then
  std::size_t discarded_ = 0;
};

}  // namespace hourglass::http
