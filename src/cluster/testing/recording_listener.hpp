#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "cluster/producing/record_producer.hpp"

namespace hourglass::cluster {

/// Keeps what it is told of deliveries. Callable from every thread.
class RecordingListener final : public DeliveryListener {
 public:
  struct Report {
    Partition partition;
    Delivery delivery;
    std::optional<Offset> offset;
  };

  void delivered(std::uint64_t token, Partition partition, Delivery delivery,
                 std::optional<Offset> offset) override {
    const std::lock_guard lock(mutex_);
    reports_.emplace(token, Report{partition, delivery, offset});
    ++count_;
    unpaused_ = true;
  }

  void deliveries_paused() override {
    const std::lock_guard lock(mutex_);
    unpaused_ = false;
  }

  /// Reports, also of a token that was reported before.
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  [[nodiscard]] std::map<std::uint64_t, Report> reports() const {
    const std::lock_guard lock(mutex_);
    return reports_;
  }
  [[nodiscard]] std::size_t count_of(Delivery delivery) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(
        reports_, [&](const auto& report) { return report.second.delivery == delivery; }));
  }
  /// Whether the last report was followed by a pause.
  [[nodiscard]] bool is_paused() const {
    const std::lock_guard lock(mutex_);
    return !unpaused_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Report> reports_;
  std::size_t count_ = 0;
  bool unpaused_ = false;
};

}  // namespace hourglass::cluster
