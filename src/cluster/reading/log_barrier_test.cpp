#include "cluster/reading/log_barrier.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "cluster/testing/holding_producer.hpp"

namespace hourglass::cluster {
namespace {

using std::chrono::milliseconds;

class LogBarrierTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kPartitions = 3;
  static constexpr milliseconds kPatience{20'000};

  LogBarrierTest() { barrier_.set_producer(producer_); }

  /// Asks, and the producer reports the first `reported` of the markers that it holds once it has all of
  /// them.
  StoreResult<std::vector<Offset>> ends(Delivery delivery, std::size_t reported = kPartitions,
                                        milliseconds limit = kPatience) {
    const std::size_t all = producer_->held().size() + kPartitions;
    std::thread reporting([&] {
      EXPECT_TRUE(producer_->wait_until_held(all));
      for (const auto& held : producer_->held())
        EXPECT_TRUE(is_marker(held.record.value));
      producer_->deliver(delivery, reported);
    });
    auto ends = barrier_.ends(limit);
    reporting.join();
    return ends;
  }

  LogBarrier barrier_{kPartitions};
  std::shared_ptr<HoldingProducer> producer_ = std::make_shared<HoldingProducer>(barrier_);
};

TEST_F(LogBarrierTest, IsBehindTheMarkers) {
  producer_->append_of_others(Partition{1}, 10);
  producer_->append_of_others(Partition{2}, 20);
  EXPECT_EQ(*ends(Delivery::persisted), (std::vector{Offset{1}, Offset{11}, Offset{21}}));
  EXPECT_EQ(*ends(Delivery::persisted), (std::vector{Offset{2}, Offset{12}, Offset{22}}));
}

TEST_F(LogBarrierTest, IsNotKnownWithoutEveryMarker) {
  EXPECT_FALSE(ends(Delivery::unknown));
  EXPECT_FALSE(ends(Delivery::not_persisted));
  EXPECT_FALSE(ends(Delivery::persisted, kPartitions - 1, milliseconds{10}));
  producer_->is_full = true;
  EXPECT_FALSE(barrier_.ends(kPatience));
}

TEST_F(LogBarrierTest, MarkersOfAnEarlierQuestionSayNothing) {
  EXPECT_FALSE(barrier_.ends(milliseconds{1}));
  EXPECT_FALSE(ends(Delivery::persisted, kPartitions, milliseconds{10}));
  producer_->deliver(Delivery::persisted);
  EXPECT_EQ(*ends(Delivery::persisted), (std::vector{Offset{3}, Offset{3}, Offset{3}}));
}

}  // namespace
}  // namespace hourglass::cluster
