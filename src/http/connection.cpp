#include "http/connection.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

namespace hourglass::http {
namespace {

namespace asio = boost::asio;
using base::ErrorCode;

/// How long, and for how many bytes, a closed connection waits for the client to read the last answer. To
/// close with unread input would make the kernel throw that answer away.
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kLingerBytes = 1024 * 1024;

}  // namespace

Connection::Connection(Socket socket, SessionContext& context, ConnectionOwner& owner)
    : socket_(std::move(socket)), context_(context), owner_(owner), session_(context) {}

void Connection::start() {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  touch();
  pump();
}

void Connection::refuse(const base::Error& error) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  touch();
  session_.refuse(error);
  pump();
}

void Connection::touch() {
  last_progress_ = context_.services.clock.elapsed();
}

/// Does what the session wants, for as long as that needs no waiting.
void Connection::pump() {
  if (stage_ != Stage::open)
    return;
  if (session_.wants() == Session::Wants::submit)
    submit();
  if (writing_ || (session_.has_output() && !write()))
    return;
  switch (session_.wants()) {
    case Session::Wants::read: read(); break;
    case Session::Wants::turn: yield(); break;
    case Session::Wants::close: linger(); break;
    case Session::Wants::submit:
    case Session::Wants::outcome: break;
  }
}

void Connection::submit() {
  // What is refused at once may be followed by further requests that submit.
  while (session_.wants() == Session::Wants::submit) {
    if (const auto refusal = owner_.submit(shared_from_this(), session_.take_events()))
      session_.submission_ended(refusal);
  }
}

/// Lets the other connections of this thread have their turn.
void Connection::yield() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->stage_ != Stage::open)
      return;
    self->touch();
    self->session_.go_on();
    self->pump();
  });
}

void Connection::submission_ended(const std::optional<base::Error>& failure) {
  session_.submission_ended(failure);
  pump();
}

void Connection::read() {
  if (reading_)
    return;
  if (draining_ && !session_.in_head() && !session_.in_body()) {
    boost::system::error_code error;
    if (socket_.available(error) == 0 || error)
      return close();
  }
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
  const std::span<char> space = session_.space();
  socket_.async_read_some(asio::buffer(space.data(), space.size()),
                          [self = shared_from_this()](const boost::system::error_code& error,
                                                      std::size_t count) { self->on_read(error, count); });
}

void Connection::on_read(const boost::system::error_code& error, std::size_t count) {
  reading_ = false;
  if (stage_ == Stage::closed)
    return;
  if (stage_ == Stage::lingering) {
    discarded_ += count;
    return error || discarded_ > kLingerBytes ? close() : start_reading();
  }
  if (error && error != asio::error::eof)
    return close();
  touch();
  if (error)
    session_.input_ended();
  else
    session_.received(count);
  pump();
}

/// Writes what there is; false if that goes on in the background.
bool Connection::write() {
  written_ = session_.take_output();
  boost::system::error_code error;
  const std::size_t count = socket_.write_some(asio::buffer(written_), error);
  if (error && error != asio::error::would_block) {
    close();
    return false;
  }
  if (!error && count == written_.size())
    return true;
  writing_ = true;
  const std::size_t done = error ? 0 : count;
  asio::async_write(socket_, asio::buffer(written_.data() + done, written_.size() - done),
                    [self = shared_from_this()](const boost::system::error_code& failure, std::size_t) {
                      self->on_written(failure);
                    });
  return false;
}

void Connection::on_written(const boost::system::error_code& error) {
  writing_ = false;
  if (stage_ != Stage::open)
    return;
  if (error)
    return close();
  touch();
  pump();
}

void Connection::linger() {
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
    if (still_for >= settings.idle_timeout)
      close();
    return;
  }
  if (stage_ != Stage::open || session_.wants() != Session::Wants::read)
    return;
  if (head_began_ && now - *head_began_ >= settings.header_timeout) {
    session_.refuse({ErrorCode::request_timeout, "the headers did not arrive within http.header_timeout"});
    return pump();
  }
  if (still_for < settings.idle_timeout)
    return;
  if (!session_.in_body())
    return close();
  session_.refuse({ErrorCode::request_timeout, "the body did not go on within http.idle_timeout"});
  pump();
}

void Connection::drain() {
  draining_ = true;
  session_.drain();
  if (stage_ != Stage::open || writing_ || session_.wants() != Session::Wants::read)
    return;
  boost::system::error_code error;
  const bool idle = !session_.in_head() && !session_.in_body();
  if (idle && (socket_.available(error) == 0 || error))
    close();
}

void Connection::give_up() {
  if (session_.wants() != Session::Wants::outcome)
    close();
}

void Connection::close() {
  if (stage_ == Stage::closed)
    return;
  stage_ = Stage::closed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  owner_.closed(shared_from_this());
}

}  // namespace hourglass::http
