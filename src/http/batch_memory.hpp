#pragma once

#include <atomic>
#include <cstddef>

namespace hourglass::http {

/// Bounds the memory of all batches that are being received at the same time. Shared by all threads.
class BatchMemory {
 public:
  explicit BatchMemory(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }

  /// What one batch holds; gives it back at its end. One thread at a time.
  class Share {
   public:
    explicit Share(BatchMemory& memory) : memory_(&memory) {}
    ~Share() { hold(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// From now on it holds so many bytes. False, and nothing changes, if it would hold more than before and
    /// that is more than there is; the only one that holds any may hold what it wants, since it could never
    /// be received otherwise.
    bool hold(std::size_t bytes);

   private:
    BatchMemory* memory_;
    std::size_t bytes_ = 0;
  };

 private:
  const std::size_t max_bytes_;
  std::atomic<std::size_t> held_bytes_{0};
};

}  // namespace hourglass::http
