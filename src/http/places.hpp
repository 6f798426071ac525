#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace hourglass::http {

/// Room for so many connections at the same time. Outlives its places; any thread may call it.
class Places {
 public:
  struct Release {
    void operator()(Places* places) const { places->taken_.fetch_sub(1, std::memory_order_relaxed); }
  };

  /// One of them, taken for as long as this exists.
  using Place = std::unique_ptr<Places, Release>;

  explicit Places(std::size_t count) : count_(count) {}

  /// Null when all are taken.
  Place take() {
    if (taken_.fetch_add(1, std::memory_order_relaxed) < count_)
      return Place(this);
    taken_.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  const std::size_t count_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace hourglass::http
