#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "cluster/reading/ends_history.hpp"
#include "cluster/reading/hour_read.hpp"
#include "cluster/reading/hour_sources.hpp"
#include "cluster/reading/log_ends.hpp"
#include "ports/clock.hpp"
#include "ports/event_store.hpp"

namespace hourglass::cluster {

struct ReadSettings {
  std::size_t partitions = 12;
  std::chrono::milliseconds strong_timeout{5'000};
  std::chrono::milliseconds fast_wait{100};
};

/// Whether the stores answer, as far as reads have shown.
struct SourcesState {
  std::string hot_trouble;
  std::string cold_trouble;
  std::string log_trouble;
};

/// Answers reads from the stores of a cluster. Three threads, so that none of the servers holds up what the
/// others can answer: one learns the ends of the log, one the hot store, one the cold store;
/// each asks once for all reads that wait for it. A fourth one answers strong reads whose time is up, also
/// while a server is waited for. Callable from every thread. Reads get their answers from its threads.
class ReadService {
 public:
  /// `barrier`: for strong reads, below which every record is that was acknowledged before it was asked.
  /// `ends`: cheap, for the lag of fast ones; may speak of the past after it did not answer for a while.
  ReadService(ReadSettings settings, std::unique_ptr<LogEnds> barrier, std::unique_ptr<LogEnds> ends,
              std::unique_ptr<HotReader> hot, std::unique_ptr<ColdReader> cold, const ports::Clock& clock);
  ~ReadService();  // stop()
  ReadService(const ReadService&) = delete;
  ReadService& operator=(const ReadService&) = delete;

  void begin(std::unique_ptr<ports::PendingRead> read);

  /// Answers what waits with shutting_down, and ends the threads.
  void stop();

  [[nodiscard]] SourcesState sources() const;

 private:
  struct Task {
    std::unique_ptr<ports::PendingRead> read;  // under mutex_; none once its deadline has passed
    HourRead hour;
    bool has_barrier;  // it knows what has to be in its answer
    std::chrono::nanoseconds deadline;
    std::chrono::nanoseconds not_before{0};  // not to be asked for again sooner
  };
  using Tasks = std::vector<std::unique_ptr<Task>>;
  using Reads = std::vector<std::unique_ptr<ports::PendingRead>>;

  void serve_deadlines();
  Reads take_late();
  void serve_ends();
  void serve(Tasks& queue, void (ReadService::*ask)(Tasks&), void (ReadService::*look)());
  std::optional<Tasks> take(Tasks& queue, std::chrono::milliseconds longest);
  bool is_time_for_ends(std::chrono::nanoseconds last);
  void ask_barrier(Tasks& tasks);
  void ask_ends();
  bool learn(std::chrono::nanoseconds asked, std::vector<Offset> ends, const std::vector<Offset>& known);
  void ask_hot(Tasks& tasks);
  void ask_cold(Tasks& tasks);
  void look_at_hot();
  void look_at_cold();
  void settle(Tasks tasks);
  bool conclude(Task& task);
  void put_back(std::unique_ptr<Task> task);
  ports::HourReading reading(const Task& task);
  static void turn_away(Reads reads);
  static void finish(Reads reads);
  void note(std::string SourcesState::*trouble, const std::string& message);

  const ReadSettings settings_;
  const std::unique_ptr<LogEnds> barrier_;
  const std::unique_ptr<LogEnds> log_ends_;
  const std::unique_ptr<HotReader> hot_;
  const std::unique_ptr<ColdReader> cold_;
  const ports::Clock& clock_;

  /// When the question was asked whose answer was believed last; none after one that was not, or failed. Of
  /// the thread that learns the ends.
  std::optional<std::chrono::nanoseconds> believed_;

  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  bool stopping_ = false;
  Tasks waiting_for_ends_;
  Tasks waiting_for_hot_;
  Tasks waiting_for_cold_;
  std::condition_variable deadlines_begin_;
  std::set<std::pair<std::chrono::nanoseconds, Task*>> deadlines_;  // of the strong reads
  std::vector<Offset> answered_;  // by partition: what this replica has answered from
  EndsHistory history_;
  std::chrono::nanoseconds last_fast_read_{0};
  SourcesState sources_;

  std::vector<std::thread> threads_;
};

}  // namespace hourglass::cluster
