#include "cluster/testing/partition_log_contract.hpp"

#include "adapters/kafka/kafka_partition_log.hpp"
#include "adapters/kafka/testing/kafka_test_case.hpp"
#include "adapters/kafka/testing/raw_producer.hpp"

namespace hourglass::cluster {
namespace {

/// Partition 0 of a topic of its own.
class KafkaLogPlace final : public PartitionLogPlace {
 public:
  explicit KafkaLogPlace(const adapters::KafkaServer& server)
      : settings_(adapters::settings_of(server, "log-contract-" + std::to_string(++topics))) {
    if (const auto checked = adapters::check_kafka(settings_, silence_); !checked)
      throw std::runtime_error(checked.error().message);
    auto readers = adapters::LogReaders::make(settings_, kLogClusterKey, silence_);
    if (!readers)
      throw std::runtime_error(readers.error().message);
    readers_ = *std::move(readers);
    readers_->foreign = [](const adapters::ForeignRecord&) {};
    readers_->commit = [](Partition, Offset) {};
  }

  std::unique_ptr<PartitionLog> open() override {
    return std::make_unique<adapters::KafkaPartitionLog>(readers_, Partition{0});
  }

  void append(const std::vector<RecordBytes>& records) override {
    adapters::RawProducer producer(settings_);
    for (const RecordBytes& record : records) {
      std::vector<std::pair<std::string, std::string>> headers{
          {std::string(kIdentityHeader), record.identity}};
      if (!record.key_digest.empty())
        headers.emplace_back(kKeyHeader, record.key_digest);
      producer.produce(0, record.key, record.value, headers);
    }
    producer.flush();
  }

  /// Behind a transaction Kafka writes a mark.
  void append_with_mark() override { adapters::TransactionalProducer(settings_).transaction(1, true); }

  void forget_below(Offset offset) override { adapters::delete_records_below(settings_, 0, offset.value()); }

 private:
  static inline int topics = 0;

  adapters::KafkaSettings settings_;
  adapters::SilentLog silence_;
  std::shared_ptr<adapters::LogReaders> readers_;
};

base::Expected<std::unique_ptr<PartitionLogPlace>, std::string> kafka_log() {
  std::string reason;
  const adapters::KafkaServer* const server = adapters::KafkaServer::shared(reason);
  if (server == nullptr)
    return base::unexpected(reason);
  return std::make_unique<KafkaLogPlace>(*server);
}

INSTANTIATE_TEST_SUITE_P(Kafka, PartitionLogContract, ::testing::Values(kafka_log));

}  // namespace
}  // namespace hourglass::cluster
