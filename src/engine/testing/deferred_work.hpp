#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <random>
#include <utility>

#include "engine/runs/background_work.hpp"

namespace hourglass::engine {

/// Executors of one thread: work is run at once, or kept until the test lets it run. Both lanes keep their
/// order, and a test decides which of them goes on.
class DeferredWork {
 public:
  enum class Lane { quick, slow };

  [[nodiscard]] Executors executors() { return {executor(Lane::quick), executor(Lane::slow)}; }

  /// Whether work of the lane waits to be run, or is run as it comes.
  void set_deferred(Lane lane, bool deferred) { lane_of(lane).deferred = deferred; }

  /// While it is set nothing waits, whatever the lane.
  void set_immediate(bool immediate) { immediate_ = immediate; }

  [[nodiscard]] bool empty(Lane lane) const { return (lane == Lane::quick ? quick_ : slow_).work.empty(); }

  /// Runs the oldest work of the lane; false if there is none.
  bool run_one(Lane lane) {
    auto& work = lane_of(lane).work;
    if (work.empty())
      return false;
    const std::function<void()> next = std::move(work.front());
    work.pop_front();
    next();
    return true;
  }

  void run_all(Lane lane) {
    while (run_one(lane)) {
    }
  }

  void run_all() {
    run_all(Lane::quick);
    run_all(Lane::slow);
  }

  /// Forgets what waits, as the end of a process does: its results will never come.
  void drop() {
    quick_.work.clear();
    slow_.work.clear();
  }

 private:
  struct Waiting {
    bool deferred = false;
    std::deque<std::function<void()>> work;
  };

  Waiting& lane_of(Lane lane) { return lane == Lane::quick ? quick_ : slow_; }

  Executor executor(Lane lane) {
    return [this, lane](std::function<void()> work) {
      if (lane_of(lane).deferred && !immediate_)
        lane_of(lane).work.push_back(std::move(work));
      else
        work();
    };
  }

  Waiting quick_;
  Waiting slow_;
  bool immediate_ = false;
};

}  // namespace hourglass::engine
