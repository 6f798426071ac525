#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/export_stream.hpp"
#include "http/places.hpp"
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

  /// Hands a read to the store, whose answer is to contain what stands before `contains`.
  /// Connection::read_came() follows later, on the same thread.
  virtual void begin_read(const std::shared_ptr<Connection>& connection, const ReadQuery& query,
                          const ports::LogMark& contains) = 0;

  /// Begins an export; nothing where too many are under way.
  virtual std::unique_ptr<ExportStream> begin_export(core::HourRange hours) = 0;

  /// The connection is closed; called once.
  virtual void closed(const std::shared_ptr<Connection>& connection) = 0;
};

/// A socket and the session that speaks on it: moves bytes between the two, hands on what the session
/// submits and what it reads, and closes in a way that lets the client read the last answer. All of it on the
/// thread of its socket. Shared by the owner and by the operations that are under way.
///
/// It serves; from drain() on it ends as soon as everything that has arrived completely is answered and no
/// request is half received; from give_up() on nothing but the store is waited for. Whichever of these it was
/// in, it then lingers, if the client may have something to read, and is closed.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  /// `place` is given back when the connection is closed.
  Connection(Socket socket, Places::Place place, SessionContext& context, ConnectionOwner& owner);

  /// Tells a client that is one too many so, and closes without waiting for it to read that.
  static void turn_away(Socket socket, SessionContext& context, const base::Error& refusal);

  /// `refusal`: all that its client is told.
  void start(const std::optional<base::Error>& refusal);

  void submission_ended(const std::optional<base::Error>& failure, const ports::LogMark& written);
  void read_came(const base::Result<ports::HourReading>& reading);

  /// Ends the connection if it stands still for too long. Called now and then.
  void check_time(std::chrono::nanoseconds now);

  /// Closes when everything that has arrived completely is answered; a half-received request may complete.
  void drain();

  /// After drain(): answers what has arrived completely by now, without waiting for the client any more.
  void give_up();

 private:
  enum class Stage : std::uint8_t { serving, draining, overdue, lingering, closed };

  void pump();
  void ask_store();
  void yield();
  void go_on_exporting();
  void order_piece();
  void on_piece(base::Result<ExportPiece> piece);
  void read();
  void start_reading();
  void interrupt_reading();
  void on_read(const boost::system::error_code& error, std::size_t count);
  bool write();
  void go_on_writing();
  void on_written(const boost::system::error_code& error, std::size_t count);
  [[nodiscard]] std::size_t arrived() const;
  [[nodiscard]] bool has_nothing_left() const;
  void tell_what_follows();
  void note_what_was_read(std::chrono::nanoseconds now);
  void linger();
  void close();
  void touch();

  Socket socket_;
  Places::Place place_;
  SessionContext& context_;
  ConnectionOwner& owner_;
  Session session_;
  std::unique_ptr<ExportStream> export_;            // where there is one under way
  std::optional<base::Result<ExportPiece>> piece_;  // of it, that the session does not want yet
  Stage stage_ = Stage::serving;
  bool reading_ = false;
  bool writing_ = false;
  std::string written_;         // what is being written
  std::string_view unwritten_;  // the rest of it
  int unread_by_client_ = 0;    // of what was written, when that was looked at last
  std::size_t allowance_ = 0;   // how many bytes an overdue connection still takes
  bool reads_allowance_ =
      false;  // the read under way: one from before it was overdue has its bytes beside that
  std::chrono::nanoseconds last_progress_{0};
  std::optional<std::chrono::nanoseconds>
      head_began_;                     // when the first bytes of a head that is incomplete came
  std::uint64_t heads_completed_ = 0;  // by then
  std::size_t discarded_ = 0;
};

}  // namespace hourglass::http
