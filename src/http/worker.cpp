#include "http/worker.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace hourglass::http {
namespace {

namespace asio = boost::asio;

/// A submission that knows which connection waits for it, and keeps that alive.
struct ConnectionSubmission final : ports::Submission {
  ConnectionSubmission(ports::SubmissionOrigin& submitted_by, std::shared_ptr<Connection> waiting)
      : Submission(submitted_by), connection(std::move(waiting)) {}

  std::shared_ptr<Connection> connection;
};

/// The same for a read.
struct ConnectionRead final : ports::PendingRead {
  ConnectionRead(ports::ReadOrigin& asked_by, const ReadQuery& query, std::shared_ptr<Connection> waiting)
      : PendingRead(asked_by, query.hour, query.consistency), connection(std::move(waiting)) {}

  std::shared_ptr<Connection> connection;
};

/// How often connections are looked at: often enough for the shortest time-out, seldom enough to cost
/// nothing.
std::chrono::milliseconds sweep_period(const ServerSettings& settings) {
  const auto shortest = std::min(settings.header_timeout, settings.idle_timeout);
  return std::clamp(shortest / 4, std::chrono::milliseconds{10}, std::chrono::milliseconds{1000});
}

}  // namespace

Worker::Worker(const ServerSettings& settings, const Services& services, BatchMemory& batch_memory,
               ExportThreads& exports)
    : context_{settings, services, batch_memory, {}, {}, false, {}}, exports_(exports) {}

Worker::~Worker() {
  io_.stop();
  join();
}

void Worker::start() {
  schedule_sweep();
  thread_ = std::thread([this] { io_.run(); });
}

void Worker::join() {
  if (thread_.joinable())
    thread_.join();
}

void Worker::adopt(Connection::Socket socket, Places::Place place, std::optional<base::Error> refusal) {
  asio::post(io_, [this, socket = std::move(socket), place = std::move(place),
                   refusal = std::move(refusal)]() mutable {
    context_.statistics.count_connection();
    const auto connection =
        std::make_shared<Connection>(std::move(socket), std::move(place), context_, *this);
    connections_.insert(connection);
    connection->start(refusal);
  });
}

void Worker::turn_away(Connection::Socket socket, const base::Error& refusal) {
  context_.statistics.count_connection();
  Connection::turn_away(std::move(socket), context_, refusal);
}

std::optional<base::Error> Worker::submit(const std::shared_ptr<Connection>& connection,
                                          std::vector<core::Event> events) {
  std::unique_ptr<ports::Submission> submission = std::make_unique<ConnectionSubmission>(*this, connection);
  submission->events = std::move(events);
  if (auto submitted = context_.services.store.submit(submission); !submitted)
    return std::move(submitted.error());
  return std::nullopt;
}

void Worker::begin_read(const std::shared_ptr<Connection>& connection, const ReadQuery& query,
                        const ports::LogMark& contains) {
  auto read = std::make_unique<ConnectionRead>(*this, query, connection);
  read->contains = contains;
  context_.services.store.begin_read(std::move(read));
}

std::unique_ptr<ExportStream> Worker::begin_export(core::HourRange hours) {
  return exports_.begin(hours);
}

void Worker::finished(std::vector<std::unique_ptr<ports::Submission>> submissions) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = finished_.empty() && answered_.empty();
    std::move(submissions.begin(), submissions.end(), std::back_inserter(finished_));
  }
  if (wake)
    asio::post(io_, [this] { tell_outcomes(); });
}

void Worker::answered(std::vector<std::unique_ptr<ports::PendingRead>> reads) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = finished_.empty() && answered_.empty();
    std::move(reads.begin(), reads.end(), std::back_inserter(answered_));
  }
  if (wake)
    asio::post(io_, [this] { tell_outcomes(); });
}

void Worker::tell_outcomes() {
  std::vector<std::unique_ptr<ports::Submission>> finished;
  std::vector<std::unique_ptr<ports::PendingRead>> answered;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
    answered.swap(answered_);
  }
  for (const auto& submission : finished) {
    static_cast<ConnectionSubmission&>(*submission)
        .connection->submission_ended(submission->failure, submission->written);
  }
  for (const auto& read : answered)
    static_cast<ConnectionRead&>(*read).connection->read_came(*read->answer);
}

void Worker::closed(const std::shared_ptr<Connection>& connection) {
  connections_.erase(connection);
  end_if_drained();
}

void Worker::schedule_sweep() {
  sweep_timer_.expires_after(sweep_period(context_.settings));
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error)
      return;
    sweep();
    if (stage_ != Stage::ended)
      schedule_sweep();
  });
}

/// A copy to walk through: a connection that is closed leaves the set.
std::vector<std::shared_ptr<Connection>> Worker::connections() const {
  return {connections_.begin(), connections_.end()};
}

void Worker::sweep() {
  const auto now = context_.services.clock.elapsed();
  for (const auto& connection : connections())
    connection->check_time(now);
}

void Worker::drain() {
  asio::post(io_, [this] { begin_draining(); });
}

void Worker::begin_draining() {
  stage_ = Stage::draining;
  drain_timer_.expires_after(context_.settings.drain_timeout);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error)
      give_up();
  });
  for (const auto& connection : connections())
    connection->drain();
  end_if_drained();
}

void Worker::give_up() {
  for (const auto& connection : connections())
    connection->give_up();
}

/// The one way to the end: without connections, timers and the guard nothing keeps the thread.
void Worker::end_if_drained() {
  if (stage_ != Stage::draining || !connections_.empty())
    return;
  stage_ = Stage::ended;
  sweep_timer_.cancel();
  drain_timer_.cancel();
  work_.reset();
}

}  // namespace hourglass::http
