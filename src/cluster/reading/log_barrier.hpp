#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "cluster/producing/record_producer.hpp"
#include "cluster/reading/log_ends.hpp"

namespace hourglass::cluster {

/// Learns the ends of the log by appending a marker to each partition: what was acknowledged before stands
/// below it, since the log acknowledges in order. A broker that is merely asked may answer from the past,
/// when it was frozen and has not heard yet that another leads (docs/cluster/protocol.md). Markers are
/// records that no store counts. One thread at a time, and the producer's for the deliveries.
class LogBarrier final : public LogEnds, public DeliveryListener {
 public:
  explicit LogBarrier(std::uint32_t partitions) : marked_(partitions) {}

  /// Once, before anything else. It has its own, so that a marker does not wait behind events.
  void set_producer(std::shared_ptr<RecordProducer> producer) { producer_ = std::move(producer); }

  StoreResult<std::vector<Offset>> ends(std::chrono::milliseconds time_limit) override;

  void delivered(std::uint64_t token, Partition partition, Delivery delivery,
                 std::optional<Offset> offset) override;
  void deliveries_paused() override { changed_.notify_all(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t round_ = 0;     // under mutex_, as all that follows; markers of earlier rounds come too late
  std::size_t missing_ = 0;     // markers of this round that are not reported yet
  bool has_failed_ = false;     // one of them is not in the log
  std::vector<Offset> marked_;  // by partition: the offset behind the marker
  std::shared_ptr<RecordProducer> producer_;
};

}  // namespace hourglass::cluster
