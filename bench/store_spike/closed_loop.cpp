#include "store_spike/closed_loop.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace hourglass::store_spike {
namespace {

using Clock = std::chrono::steady_clock;

/// Tells a thread how many of its events have become durable.
class Inbox {
 public:
  void add(unsigned count) {
    {
      const std::lock_guard lock(mutex_);
      count_ += count;
    }
    filled_.notify_one();
  }

  unsigned take() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return count_ != 0; });
    return std::exchange(count_, 0);
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  unsigned count_ = 0;
};

struct Pending {
  SampleEvent event;
  Inbox* origin;
};

class GroupCommit {
 public:
  explicit GroupCommit(CommitTarget& target) : target_(target) {}

  void submit(std::vector<Pending> pending) {
    {
      const std::lock_guard lock(mutex_);
      std::move(pending.begin(), pending.end(), std::back_inserter(waiting_));
    }
    filled_.notify_one();
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_one();
  }

  void run() {
    for (std::vector<Pending> taken = take(); !taken.empty(); taken = take()) {
      std::vector<SampleEvent> events;
      events.reserve(taken.size());
      for (Pending& pending : taken)
        events.push_back(std::move(pending.event));
      target_.commit(events);
      ++commits_;
      for (auto first = taken.begin(); first != taken.end();) {
        const auto last =
            std::find_if(first, taken.end(), [&](const Pending& p) { return p.origin != first->origin; });
        first->origin->add(static_cast<unsigned>(last - first));
        first = last;
      }
    }
  }

  [[nodiscard]] std::uint64_t commits() const { return commits_; }

 private:
  std::vector<Pending> take() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return !waiting_.empty() || closed_; });
    return std::exchange(waiting_, {});
  }

  CommitTarget& target_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<Pending> waiting_;
  bool closed_ = false;
  std::uint64_t commits_ = 0;
};

/// Acts for some clients until the time is over; how long each of their events took, in microseconds. Events
/// come back in the order in which they were submitted.
std::vector<float> act_for(unsigned clients, std::uint64_t first_event, GroupCommit& commit,
                           Clock::time_point end) {
  std::vector<float> latencies;
  std::vector<Clock::time_point> under_way;
  std::size_t answered = 0;
  Inbox inbox;
  std::uint64_t next_event = first_event;
  for (unsigned idle = clients; true; idle = inbox.take()) {
    const auto now = Clock::now();
    if (!under_way.empty()) {
      for (unsigned i = 0; i < idle; ++i)
        latencies.push_back(std::chrono::duration<float, std::micro>(now - under_way[answered++]).count());
    }
    if (now < end) {
      std::vector<Pending> pending;
      for (unsigned i = 0; i < idle; ++i)
        pending.push_back({sample_event(next_event++), &inbox});
      under_way.insert(under_way.end(), idle, Clock::now());
      commit.submit(std::move(pending));
    } else if (answered == under_way.size()) {
      return latencies;
    }
  }
}

float percentile(const std::vector<float>& sorted, double fraction) {
  return sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * fraction)];
}

}  // namespace

LoadFigures run_clients(CommitTarget& target, unsigned clients, std::chrono::milliseconds duration) {
  constexpr std::uint64_t kEventsApart = 1'000'000'000;
  GroupCommit commit(target);
  const auto began = Clock::now();
  std::thread committer([&] { commit.run(); });
  const unsigned actors = std::min(2U, clients);
  std::vector<std::vector<float>> latencies(actors);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < actors; ++i)
    threads.emplace_back(
        [&, i] { latencies[i] = act_for(clients / actors, i * kEventsApart, commit, began + duration); });
  for (std::thread& thread : threads)
    thread.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  commit.close();
  committer.join();

  std::vector<float> all;
  for (const auto& some : latencies)
    all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  return {static_cast<double>(commit.commits()) / seconds, static_cast<double>(all.size()) / seconds,
          percentile(all, 0.5), percentile(all, 0.99), all.size()};
}

}  // namespace hourglass::store_spike
