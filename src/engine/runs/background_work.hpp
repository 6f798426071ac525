#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "engine/store_failure.hpp"

namespace hourglass::engine {

/// Runs a piece of work on another thread, or at once where a test wants that.
using Executor = std::function<void(std::function<void()>)>;

/// Where work beside the commits is done. Two, so that what the writer may have to wait for does not stand
/// behind a merge of many gigabytes.
struct Executors {
  Executor quick;
  Executor slow;
};

/// At most one piece of work at a time, whose result its owner takes when it is ready. One thread owns it;
/// the work itself runs on the executor and touches only what does not change meanwhile.
template <typename Result>
class BackgroundWork {
 public:
  explicit BackgroundWork(Executor executor) : executor_(std::move(executor)) {}
  ~BackgroundWork() {
    if (result_.valid())
      result_.wait();
  }
  BackgroundWork(const BackgroundWork&) = delete;
  BackgroundWork& operator=(const BackgroundWork&) = delete;

  /// Begins; nothing is running.
  void start(std::function<StoreResult<Result>()> work) {
    auto task = std::make_shared<std::packaged_task<StoreResult<Result>()>>(std::move(work));
    result_ = task->get_future();
    executor_([task] { (*task)(); });
  }

  /// Whether work has begun whose result has not been taken.
  [[nodiscard]] bool running() const { return result_.valid(); }

  /// The result, once: nothing while there is none, unless `wait` is set and work is running.
  std::optional<StoreResult<Result>> take(bool wait) {
    if (!result_.valid())
      return std::nullopt;
    if (!wait && result_.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
      return std::nullopt;
    return result_.get();
  }

 private:
  const Executor executor_;
  std::future<StoreResult<Result>> result_;
};

}  // namespace hourglass::engine
