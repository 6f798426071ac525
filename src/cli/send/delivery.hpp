#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/send/attempts.hpp"
#include "cli/send/batch.hpp"
#include "cli/server/server_client.hpp"

namespace hourglass::cli {

/// What became of a batch.
struct DeliveredBatch {
  Batch batch;
  std::uint64_t accepted = 0;                              // lines of which the server has said so
  std::vector<core::BatchReport::Rejection> rejections;    // the line is one of the batch, from 1
  std::optional<std::string> failure;                      // why not all of it was taken
  std::optional<std::chrono::seconds> idempotency_window;  // as the server has told it
};

/// Sends batches over several connections at once, each until the server has taken it. Batches wait in a
/// queue that is bounded; they finish in any order. Owned and used by one thread; has one thread for each
/// connection.
class Delivery {
 public:
  /// A client for each connection. `retry_for`: how long a batch is tried again when the server cannot take
  /// it; nothing: without end.
  Delivery(std::vector<ServerClient> clients, std::optional<std::chrono::milliseconds> retry_for);

  /// Abandons what has not been sent, and waits for what is being sent.
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Takes a batch. While the queue is full it waits, for kWait at most; false: the batch is still `batch`.
  bool submit(Batch& batch);

  /// What has finished since the last call. With `wait`, waits for the next one, as long as any is under way,
  /// and for kWait at most.
  std::vector<DeliveredBatch> take_finished(bool wait);

  static constexpr std::chrono::milliseconds kWait{200};

  /// How many batches have not been given back yet.
  [[nodiscard]] std::size_t under_way() const;

  /// Nothing is tried again from now on: what the server does not take comes back as failed.
  void stop_trying();

  /// Why a batch is being tried again at the moment; empty while all goes well.
  [[nodiscard]] std::string trouble() const;

 private:
  using Clock = std::chrono::steady_clock;

  void work(ServerClient& client, std::uint64_t seed);
  DeliveredBatch deliver(ServerClient& client, Backoff& backoff, Batch batch);
  bool deliver_part(ServerClient& client, Backoff& backoff, DeliveredBatch& delivered, std::size_t first,
                    std::size_t count);
  Verdict attempt(ServerClient& client, DeliveredBatch& delivered, std::size_t first, std::size_t count,
                  std::optional<std::chrono::seconds>& retry_after);
  bool pause(std::chrono::milliseconds duration, Clock::time_point until);
  void set_trouble(const std::string& problem);

  const std::optional<std::chrono::milliseconds> retry_for_;
  std::vector<ServerClient> clients_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> waiting_;  // under mutex_, like all that follows
  std::vector<DeliveredBatch> finished_;
  std::size_t under_way_ = 0;
  std::string trouble_;
  bool gives_up_ = false;
  bool ends_ = false;

  std::vector<std::thread> threads_;  // last: they use the others
};

}  // namespace hourglass::cli
