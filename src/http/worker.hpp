#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/connection.hpp"
#include "ports/event_store.hpp"

namespace hourglass::http {

/// One thread of the server with its connections. Outcomes reach it from the store's thread with one wake-up
/// a commit. Owned by the server; what is not marked otherwise runs on its own thread.
class Worker final : public ConnectionOwner, public ports::SubmissionOrigin {
 public:
  /// `batch_memory` and `open_connections` are shared by all workers.
  Worker(const ServerSettings& settings, const Services& services, BatchMemory& batch_memory,
         std::atomic<std::size_t>& open_connections);
  ~Worker() override;

  /// From any thread, once.
  void start();

  /// From any thread: closes connections as they have answered what has arrived, then ends the thread. What
  /// has not come to an end by drain_timeout is closed all the same.
  void drain();

  /// From any thread: waits for the end of the thread.
  void join();

  boost::asio::io_context& io() { return io_; }

  /// From any thread: takes over a socket that was accepted for io(). `refusal`: all that its client is told.
  void adopt(Connection::Socket socket, std::optional<base::Error> refusal);

  [[nodiscard]] const Statistics& statistics() const { return context_.statistics; }

  std::optional<base::Error> submit(const std::shared_ptr<Connection>& connection,
                                    std::vector<core::Event> events) override;
  void closed(const std::shared_ptr<Connection>& connection) override;
  void finished(
      std::vector<std::unique_ptr<ports::Submission>> submissions) override;  // from the store's thread

 private:
  void begin_draining();
  void end_if_drained();
  void tell_outcomes();
  void sweep();
  void schedule_sweep();

  SessionContext context_;
  std::atomic<std::size_t>& open_connections_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::steady_timer sweep_timer_{io_};
  boost::asio::steady_timer drain_timer_{io_};
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  bool draining_ = false;

  std::mutex mutex_;
  std::vector<std::unique_ptr<ports::Submission>> finished_;  // under mutex_

  std::thread thread_;
};

}  // namespace hourglass::http
