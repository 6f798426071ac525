#include "cluster/testing/record_producer_contract.hpp"

#include "adapters/kafka/testing/kafka_test_case.hpp"

namespace hourglass::cluster {
namespace {

/// A topic of its own.
class KafkaProducerPlace final : public ProducerPlace {
 public:
  explicit KafkaProducerPlace(const adapters::KafkaServer& server)
      : settings_(adapters::settings_of(server, "producer-contract-" + std::to_string(++topics))) {
    if (const auto checked = adapters::check_kafka(settings_, silence_); !checked)
      throw std::runtime_error(checked.error().message);
  }

  std::unique_ptr<RecordProducer> start(DeliveryListener& listener) override {
    auto producer = adapters::KafkaProducer::start(settings_, listener, silence_);
    if (!producer)
      throw std::runtime_error(producer.error().message);
    producer_ = producer->get();
    return *std::move(producer);
  }

  void settle() override {
    EXPECT_TRUE(producer_->flush(std::chrono::steady_clock::now() + adapters::kTestPatience));
  }

 private:
  static inline int topics = 0;

  adapters::KafkaSettings settings_;
  adapters::SilentLog silence_;
  adapters::KafkaProducer* producer_ = nullptr;  // the last one
};

base::Expected<std::unique_ptr<ProducerPlace>, std::string> kafka_producer() {
  std::string reason;
  const adapters::KafkaServer* const server = adapters::KafkaServer::shared(reason);
  if (server == nullptr)
    return base::unexpected(reason);
  return std::make_unique<KafkaProducerPlace>(*server);
}

INSTANTIATE_TEST_SUITE_P(Kafka, RecordProducerContract, ::testing::Values(kafka_producer));

}  // namespace
}  // namespace hourglass::cluster
