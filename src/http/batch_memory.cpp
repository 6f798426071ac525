#include "http/batch_memory.hpp"

namespace hourglass::http {

bool BatchMemory::Share::hold(std::size_t bytes) {
  std::atomic<std::size_t>& held = memory_->held_bytes_;
  if (bytes <= bytes_) {
    held.fetch_sub(bytes_ - bytes, std::memory_order_relaxed);
  } else {
    std::size_t before = held.load(std::memory_order_relaxed);
    std::size_t after = 0;
    do {
      after = before - bytes_ + bytes;
      if (after > memory_->max_bytes_ && before > bytes_)
        return false;
    } while (!held.compare_exchange_weak(before, after, std::memory_order_relaxed));
  }
  bytes_ = bytes;
  return true;
}

}  // namespace hourglass::http
