#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/connection.hpp"
#include "http/export_stream.hpp"
#include "ports/event_store.hpp"

namespace hourglass::http {

/// One thread of the server with its connections. Outcomes reach it from the store's thread with one wake-up
/// a commit, answers to reads likewise. Owned by the server; what is not marked otherwise runs on its own
/// thread.
class Worker final : public ConnectionOwner, public ports::SubmissionOrigin, public ports::ReadOrigin {
 public:
  /// `batch_memory` and `exports` are shared by all workers.
  Worker(const ServerSettings& settings, const Services& services, BatchMemory& batch_memory,
         ExportThreads& exports);
  ~Worker() override;

  /// From any thread, once.
  void start();

  /// From any thread, once: drains the connections, then ends the thread. After drain_timeout it waits for no
  /// client any more.
  void drain();

  /// From any thread: waits for the end of the thread.
  void join();

  boost::asio::io_context& io() { return io_; }

  /// From any thread, before drain(): takes over a socket that was accepted for io(). `refusal`: all that its
  /// client is told.
  void adopt(Connection::Socket socket, Places::Place place, std::optional<base::Error> refusal);

  /// On its own thread: refuses a connection without keeping it.
  void turn_away(Connection::Socket socket, const base::Error& refusal);

  [[nodiscard]] const Statistics& statistics() const { return context_.statistics; }

  std::optional<base::Error> submit(const std::shared_ptr<Connection>& connection,
                                    std::vector<core::Event> events) override;
  void begin_read(const std::shared_ptr<Connection>& connection, const ReadQuery& query,
                  const ports::LogMark& contains) override;
  std::unique_ptr<ExportStream> begin_export(core::HourRange hours) override;
  void closed(const std::shared_ptr<Connection>& connection) override;
  void finished(
      std::vector<std::unique_ptr<ports::Submission>> submissions) override;       // from the store's thread
  void answered(std::vector<std::unique_ptr<ports::PendingRead>> reads) override;  // from any thread

 private:
  enum class Stage : std::uint8_t { serving, draining, ended };

  void begin_draining();
  void give_up();
  void end_if_drained();
  std::vector<std::shared_ptr<Connection>> connections() const;
  void tell_outcomes();
  void sweep();
  void schedule_sweep();

  SessionContext context_;
  ExportThreads& exports_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::steady_timer sweep_timer_{io_};
  boost::asio::steady_timer drain_timer_{io_};
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  Stage stage_ = Stage::serving;

  std::mutex mutex_;
  std::vector<std::unique_ptr<ports::Submission>> finished_;   // under mutex_
  std::vector<std::unique_ptr<ports::PendingRead>> answered_;  // under mutex_

  std::thread thread_;
};

}  // namespace hourglass::http
