#include "cluster/testing/record_producer_contract.hpp"

#include "cluster/testing/holding_producer.hpp"

namespace hourglass::cluster {
namespace {

class HoldingPlace final : public ProducerPlace {
 public:
  std::unique_ptr<RecordProducer> start(DeliveryListener& listener) override {
    auto producer = std::make_unique<HoldingProducer>(listener, BootId{++boots_});
    producer_ = producer.get();
    return producer;
  }
  void settle() override { producer_->deliver(Delivery::persisted); }

 private:
  std::uint64_t boots_ = 0;
  HoldingProducer* producer_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Holding, RecordProducerContract,
                         ::testing::Values([] { return std::make_unique<HoldingPlace>(); }));

}  // namespace
}  // namespace hourglass::cluster
