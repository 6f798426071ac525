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

/// How often connections are looked at: often enough for the shortest time-out, seldom enough to cost
/// nothing.
std::chrono::milliseconds sweep_period(const ServerSettings& settings) {
  const auto shortest = std::min(settings.header_timeout, settings.idle_timeout);
  return std::clamp(shortest / 4, std::chrono::milliseconds{10}, std::chrono::milliseconds{1000});
}

}  // namespace

Worker::Worker(const ServerSettings& settings, const Services& services, BatchMemory& batch_memory,
               std::atomic<std::size_t>& open_connections)
    : context_{settings, services, batch_memory, {}, {}, false, {}}, open_connections_(open_connections) {}

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

void Worker::adopt(Connection::Socket socket, std::optional<base::Error> refusal) {
  asio::post(io_, [this, socket = std::move(socket), refusal = std::move(refusal)]() mutable {
    context_.statistics.count_connection();
    const auto connection = std::make_shared<Connection>(std::move(socket), context_, *this);
    connections_.insert(connection);
    if (refusal)
      connection->refuse(*refusal);
    else
      connection->start();
    if (draining_)
      connection->drain();
  });
}

std::optional<base::Error> Worker::submit(const std::shared_ptr<Connection>& connection,
                                          std::vector<core::Event> events) {
  std::unique_ptr<ports::Submission> submission = std::make_unique<ConnectionSubmission>(*this, connection);
  submission->events = std::move(events);
  if (auto submitted = context_.services.store.submit(submission); !submitted)
    return std::move(submitted.error());
  return std::nullopt;
}

void Worker::finished(std::vector<std::unique_ptr<ports::Submission>> submissions) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = finished_.empty();
    std::move(submissions.begin(), submissions.end(), std::back_inserter(finished_));
  }
  if (wake)
    asio::post(io_, [this] { tell_outcomes(); });
}

void Worker::tell_outcomes() {
  std::vector<std::unique_ptr<ports::Submission>> finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  for (const auto& submission : finished)
    static_cast<ConnectionSubmission&>(*submission).connection->submission_ended(submission->failure);
}

void Worker::closed(const std::shared_ptr<Connection>& connection) {
  connections_.erase(connection);
  open_connections_.fetch_sub(1, std::memory_order_relaxed);
  end_if_drained();
}

void Worker::schedule_sweep() {
  sweep_timer_.expires_after(sweep_period(context_.settings));
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error)
      return;
    sweep();
    schedule_sweep();
  });
}

void Worker::sweep() {
  const auto now = context_.services.clock.elapsed();
  // A connection that is closed leaves the set, so a copy is walked through.
  const std::vector<std::shared_ptr<Connection>> connections(connections_.begin(), connections_.end());
  for (const auto& connection : connections)
    connection->check_time(now);
}

void Worker::drain() {
  asio::post(io_, [this] { begin_draining(); });
}

void Worker::begin_draining() {
  draining_ = true;
  const std::vector<std::shared_ptr<Connection>> connections(connections_.begin(), connections_.end());
  for (const auto& connection : connections)
    connection->drain();
  drain_timer_.expires_after(context_.settings.drain_timeout);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error)
      return;
    const std::vector<std::shared_ptr<Connection>> late(connections_.begin(), connections_.end());
    for (const auto& connection : late)
      connection->give_up();
  });
  end_if_drained();
}

void Worker::end_if_drained() {
  if (!draining_ || !connections_.empty())
    return;
  sweep_timer_.cancel();
  drain_timer_.cancel();
  work_.reset();
}

}  // namespace hourglass::http
