#include "cluster/reading/log_barrier.hpp"

#include <gtest/gtest.h>

namespace hourglass::cluster {
namespace {

using std::chrono::milliseconds;

/// Tells the barrier at once what became of a marker.
class PromptProducer final : public RecordProducer {
 public:
  explicit PromptProducer(LogBarrier& listener) : listener_(listener) {}

  EventIdentity next_identity(Partition) override { return {}; }
  bool produce(Partition partition, const RecordBytes& record, std::uint64_t token) override {
    EXPECT_TRUE(is_marker(record.value));
    if (is_full)
      return false;
    if (!is_silent)
      listener_.delivered(token - token_delay, partition, delivery, Offset{10 * partition.value()});
    listener_.deliveries_paused();
    return true;
  }
  [[nodiscard]] bool is_reachable() const override { return true; }

  bool is_full = false;
  bool is_silent = false;
  std::uint64_t token_delay = 0;
  Delivery delivery = Delivery::persisted;

 private:
  LogBarrier& listener_;
};

class LogBarrierTest : public ::testing::Test {
 protected:
  LogBarrierTest() { barrier_.set_producer(producer_); }

  LogBarrier barrier_{3};
  std::shared_ptr<PromptProducer> producer_ = std::make_shared<PromptProducer>(barrier_);
};

TEST_F(LogBarrierTest, IsBehindTheMarkers) {
  EXPECT_EQ(*barrier_.ends(milliseconds{1'000}), (std::vector{Offset{1}, Offset{11}, Offset{21}}));
}

TEST_F(LogBarrierTest, IsNotKnownWithoutEveryMarker) {
  producer_->delivery = Delivery::unknown;
  EXPECT_FALSE(barrier_.ends(milliseconds{1'000}));
  producer_->delivery = Delivery::persisted;
  producer_->is_full = true;
  EXPECT_FALSE(barrier_.ends(milliseconds{1'000}));
  producer_->is_full = false;
  producer_->is_silent = true;
  EXPECT_FALSE(barrier_.ends(milliseconds{10}));
}

TEST_F(LogBarrierTest, MarkersOfAnEarlierQuestionSayNothing) {
  producer_->token_delay = 1;
  EXPECT_FALSE(barrier_.ends(milliseconds{10}));
}

}  // namespace
}  // namespace hourglass::cluster
