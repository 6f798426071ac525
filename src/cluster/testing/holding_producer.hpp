#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "cluster/producing/record_producer.hpp"

namespace hourglass::cluster {

/// Keeps what it is handed until a test says what became of it; what is left then is reported at its end, as
/// unknown. Every thread may call it. The listener must outlive it.
class HoldingProducer final : public RecordProducer {
 public:
  struct Held {
    Partition partition;
    RecordBytes record;
    std::uint64_t token;
  };

  explicit HoldingProducer(DeliveryListener& listener, BootId boot = BootId{7})
      : listener_(listener), boot_(boot) {}
  ~HoldingProducer() override { deliver(Delivery::unknown); }
  HoldingProducer(const HoldingProducer&) = delete;
  HoldingProducer& operator=(const HoldingProducer&) = delete;

  EventIdentity next_identity(Partition partition) override {
    const std::lock_guard lock(mutex_);
    return {boot_, ++sequences_[partition]};
  }

  bool produce(Partition partition, const RecordBytes& record, std::uint64_t token) override {
    if (is_full)
      return false;
    const std::lock_guard lock(mutex_);
    held_.push_back({partition, record, token});
    changed_.notify_all();
    return true;
  }

  [[nodiscard]] bool is_reachable() const override { return reachable; }

  [[nodiscard]] std::vector<Held> held() const {
    const std::lock_guard lock(mutex_);
    return held_;
  }

  /// Waits until it holds so many; false: in vain.
  bool wait_until_held(std::size_t count) {
    constexpr std::chrono::seconds kPatience{20};
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return held_.size() >= count; });
  }

  /// Tells the listener what became of the first `most` that it holds.
  void deliver(Delivery delivery, std::size_t most = SIZE_MAX) {
    for (const auto& [held, offset] : take(delivery, most))
      listener_.delivered(held.token, held.partition, delivery, offset);
    listener_.deliveries_paused();
  }

  /// Others have appended so many.
  void append_of_others(Partition partition, std::int64_t count) {
    const std::lock_guard lock(mutex_);
    ends_[partition] += count;
  }

  std::atomic<bool> is_full = false;
  std::atomic<bool> reachable = true;

 private:
  /// The listener is told without the lock.
  std::vector<std::pair<Held, std::optional<Offset>>> take(Delivery delivery, std::size_t most) {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<Held, std::optional<Offset>>> taken;
    const auto end = held_.begin() + static_cast<std::ptrdiff_t>(std::min(most, held_.size()));
    for (auto held = held_.begin(); held != end; ++held) {
      const bool is_in_log = delivery == Delivery::persisted;
      const Partition partition = held->partition;
      taken.emplace_back(std::move(*held),
                         is_in_log ? std::optional(Offset{ends_[partition]++}) : std::nullopt);
    }
    held_.erase(held_.begin(), end);
    return taken;
  }

  DeliveryListener& listener_;
  const BootId boot_;
  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::vector<Held> held_;
  std::map<Partition, std::uint64_t> sequences_;
  std::map<Partition, std::int64_t> ends_;
};

}  // namespace hourglass::cluster
