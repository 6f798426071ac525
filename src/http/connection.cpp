#include "http/connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace hourglass::http {
namespace {

namespace asio = boost::asio;
using base::ErrorCode;

/// How long, and for how many bytes, a closed connection waits for the client to read the last answer. To
/// close with unread input would make the kernel throw that answer away.
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kLingerBytes = 1024 * 1024;

Peer peer_of(const Connection::Socket& socket) {
  boost::system::error_code error;
  const asio::ip::address address = socket.remote_endpoint(error).address();
  if (error)
    return Peer::remote;
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  const bool is_local = is_mapped
                            ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback()
                            : address.is_loopback();
  return is_local ? Peer::local : Peer::remote;
}

}  // namespace

Connection::Connection(Socket socket, Places::Place place, SessionContext& context, ConnectionOwner& owner)
    : socket_(std::move(socket)),
      place_(std::move(place)),
      context_(context),
      owner_(owner),
      session_(context, peer_of(socket_)) {}

void Connection::turn_away(Socket socket, SessionContext& context, const base::Error& refusal) {
  Session session(context, Peer::remote);
  session.refuse(refusal);
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  // Unread input would make the kernel throw the answer away.
  const std::span<char> input = session.space();
  socket.read_some(asio::buffer(input.data(), input.size()), ignored);
  socket.write_some(asio::buffer(session.take_output()), ignored);
  socket.shutdown(Socket::shutdown_send, ignored);
}

void Connection::start(const std::optional<base::Error>& refusal) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  touch();
  if (refusal)
    session_.refuse(*refusal);
  pump();
}

void Connection::touch() {
  last_progress_ = context_.services.clock.elapsed();
}

/// Does what the session wants, for as long as that needs no waiting.
void Connection::pump() {
  if (stage_ >= Stage::lingering)
    return;
  ask_store();
  if (writing_ || (session_.has_output() && !write()))
    return;
  switch (session_.wants()) {
    case Session::Wants::read: read(); break;
    case Session::Wants::piece: go_on_exporting(); break;
    case Session::Wants::turn: yield(); break;
    case Session::Wants::close: linger(); break;
    case Session::Wants::submit:
    case Session::Wants::reading:
    case Session::Wants::outcome: break;
  }
}

/// Hands on what the session wants of the store.
void Connection::ask_store() {
  // What is refused at once may be followed by further requests that submit.
  while (session_.wants() == Session::Wants::submit) {
    if (const auto refusal = owner_.submit(shared_from_this(), session_.take_events()))
      session_.submission_ended(refusal, {});
  }
  if (session_.wants() == Session::Wants::reading)
    owner_.begin_read(shared_from_this(), session_.take_read(), session_.written());
}

/// Lets the other connections of this thread have their turn.
void Connection::yield() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->stage_ >= Stage::lingering)
      return;
    self->touch();
    self->tell_what_follows();
    self->session_.go_on();
    self->pump();
  });
}

/// Gives the session the next piece if it has come. One more is prepared meanwhile, so two are in memory at
/// the most, however slowly the client reads.
void Connection::go_on_exporting() {
  if (stage_ == Stage::overdue)
    return close();
  if (!export_) {
    export_ = owner_.begin_export(session_.export_hours());
    if (export_)
      return order_piece();
    piece_ = base::fail(ErrorCode::overloaded, "too many exports are under way");
  }
  if (!piece_)
    return;
  const base::Result<ExportPiece> piece = *std::exchange(piece_, std::nullopt);
  if (piece && !piece->is_last)
    order_piece();
  else
    export_.reset();
  touch();
  tell_what_follows();
  session_.piece_came(piece);
  pump();
}

void Connection::order_piece() {
  auto& io = static_cast<asio::io_context&>(asio::query(socket_.get_executor(), asio::execution::context));
  export_->order([waiting = weak_from_this(), &io](base::Result<ExportPiece> piece) {
    asio::post(io, [waiting, piece = std::move(piece)]() mutable {
      if (const auto self = waiting.lock())
        self->on_piece(std::move(piece));
    });
  });
}

void Connection::on_piece(base::Result<ExportPiece> piece) {
  if (stage_ >= Stage::lingering)
    return;
  piece_ = std::move(piece);
  pump();
}

void Connection::submission_ended(const std::optional<base::Error>& failure, const ports::LogMark& written) {
  touch();  // the store may have taken longer than a client may stand still
  tell_what_follows();
  session_.submission_ended(failure, written);
  pump();
}

void Connection::read_came(const base::Result<ports::HourReading>& reading) {
  touch();
  tell_what_follows();
  session_.read_came(reading);
  pump();
}

void Connection::read() {
  if (reading_)
    return;
  if (stage_ != Stage::serving && has_nothing_left())
    return linger();
  if (!session_.in_head()) {
    head_began_.reset();
  } else if (!head_began_ || heads_completed_ != session_.heads_completed()) {
    head_began_ = context_.services.clock.elapsed();
    heads_completed_ = session_.heads_completed();
  }
  start_reading();
}

void Connection::start_reading() {
  reading_ = true;
  reads_allowance_ = stage_ == Stage::overdue;
  std::span<char> space = session_.space();
  if (reads_allowance_)
    space = space.first(std::min(space.size(), allowance_));
  socket_.async_read_some(asio::buffer(space.data(), space.size()),
                          [self = shared_from_this()](const boost::system::error_code& error,
                                                      std::size_t count) { self->on_read(error, count); });
}

/// Has on_read() called soon, with what had been read already or with operation_aborted.
void Connection::interrupt_reading() {
  boost::system::error_code ignored;
  if (reading_ && !writing_)
    socket_.cancel(ignored);
}

void Connection::on_read(const boost::system::error_code& error, std::size_t count) {
  reading_ = false;
  if (stage_ == Stage::closed)
    return;
  const bool interrupted = error == asio::error::operation_aborted;
  if (stage_ == Stage::lingering) {
    discarded_ += count;
    return (error && !interrupted) || discarded_ > kLingerBytes ? close() : start_reading();
  }
  if (interrupted)  // What was idle has told its client everything long ago: nothing to linger for.
    return !writing_ && has_nothing_left() ? close() : pump();
  if (error && error != asio::error::eof)
    return close();
  touch();
  if (reads_allowance_)
    allowance_ -= std::min(allowance_, count);
  tell_what_follows();
  if (error)
    session_.input_ended();
  else
    session_.received(count);
  pump();
}

/// How many bytes have arrived that the session is still to be given.
std::size_t Connection::arrived() const {
  if (stage_ == Stage::overdue)
    return allowance_;
  boost::system::error_code error;
  const std::size_t count = socket_.available(error);
  return error ? 0 : count;
}

/// Whether a connection that drains has answered everything. Not to be asked while it reads: the bytes may be
/// with the operation already.
bool Connection::has_nothing_left() const {
  const bool may_go_on = stage_ != Stage::overdue && (session_.in_head() || session_.in_body());
  return !may_go_on && arrived() == 0;
}

void Connection::tell_what_follows() {
  if (stage_ == Stage::draining || stage_ == Stage::overdue)
    session_.drain(arrived() > 0);
}

/// Writes what there is; false if that goes on in the background, or the connection is closed.
bool Connection::write() {
  written_ = session_.take_output();
  boost::system::error_code error;
  const std::size_t count = socket_.write_some(asio::buffer(written_), error);
  if (!error && count == written_.size())
    return true;
  if ((error && error != asio::error::would_block) || stage_ == Stage::overdue) {
    close();
    return false;
  }
  unwritten_ = std::string_view(written_).substr(error ? 0 : count);
  writing_ = true;
  go_on_writing();
  return false;
}

void Connection::go_on_writing() {
  socket_.async_write_some(
      asio::buffer(unwritten_),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t count) {
        self->on_written(error, count);
      });
}

void Connection::on_written(const boost::system::error_code& error, std::size_t count) {
  if (stage_ >= Stage::lingering)
    return;
  if (error)
    return close();
  touch();
  unwritten_.remove_prefix(count);
  if (!unwritten_.empty())
    return go_on_writing();
  writing_ = false;
  pump();
}

void Connection::linger() {
  if (stage_ == Stage::overdue)
    return close();
  stage_ = Stage::lingering;
  touch();
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error)
    return close();
  // The session takes nothing any more, so its buffer serves for what is thrown away.
  if (!reading_)
    start_reading();
}

void Connection::check_time(std::chrono::nanoseconds now) {
  const ServerSettings& settings = context_.settings;
  const auto still_for = now - last_progress_;
  if (stage_ == Stage::lingering) {
    if (still_for >= kLingerTime)
      close();
    return;
  }
  if (writing_) {
    note_what_was_read(now);
    if (now - last_progress_ >= settings.idle_timeout)
      close();
    return;
  }
  if (stage_ == Stage::closed || session_.wants() != Session::Wants::read)
    return;
  if (head_began_ && now - *head_began_ >= settings.header_timeout) {
    session_.refuse({ErrorCode::request_timeout, "the headers did not arrive within http.header_timeout"});
    return pump();
  }
  if (still_for < settings.idle_timeout)
    return;
  if (!session_.in_head() && !session_.in_body())
    return drain();
  session_.refuse({ErrorCode::request_timeout, "the request did not go on within http.idle_timeout"});
  pump();
}

/// The kernel asks for more only when a good part of its buffer is free, which takes a slow client long.
void Connection::note_what_was_read(std::chrono::nanoseconds now) {
  int unread = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &unread) != 0 || unread == unread_by_client_)
    return;
  unread_by_client_ = unread;
  last_progress_ = now;
}

void Connection::drain() {
  if (stage_ != Stage::serving)
    return;
  stage_ = Stage::draining;
  interrupt_reading();
}

void Connection::give_up() {
  if (stage_ >= Stage::lingering || writing_ || export_)
    return close();
  allowance_ = arrived();
  stage_ = Stage::overdue;
  interrupt_reading();
}

void Connection::close() {
  if (stage_ == Stage::closed)
    return;
  stage_ = Stage::closed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  export_.reset();
  place_.reset();
  owner_.closed(shared_from_this());
}

}  // namespace hourglass::http
