#include "adapters/kafka/testing/raw_producer.hpp"

#include <array>
#include <stdexcept>

#include <gtest/gtest.h>

namespace hourglass::adapters {
namespace {

constexpr int kLimit = 20'000;  // milliseconds

void check(rd_kafka_error_t* error) {
  const KafkaError owned(error);
  if (owned != nullptr)
    throw std::runtime_error(rd_kafka_error_string(error));
}

KafkaClient make_client(const KafkaSettings& settings, const std::string& transactional_id) {
  std::array<char, 256> text{};
  KafkaConf conf(rd_kafka_conf_new());
  rd_kafka_conf_set(conf.get(), "bootstrap.servers", settings.brokers.c_str(), text.data(), text.size());
  if (!transactional_id.empty())
    rd_kafka_conf_set(conf.get(), "transactional.id", transactional_id.c_str(), text.data(), text.size());
  return KafkaClient(rd_kafka_new(RD_KAFKA_PRODUCER, conf.release(), text.data(), text.size()));
}

}  // namespace

RawProducer::RawProducer(const KafkaSettings& settings, const std::string& transactional_id)
    : client_(make_client(settings, transactional_id)), topic_(settings.topic) {}

void RawProducer::produce(std::int32_t partition, const std::optional<std::string>& key,
                          const std::optional<std::string>& value,
                          const std::vector<std::pair<std::string, std::string>>& headers) {
  rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
  for (const auto& [name, bytes] : headers)
    rd_kafka_header_add(list, name.data(), static_cast<ssize_t>(name.size()), bytes.data(),
                        static_cast<ssize_t>(bytes.size()));
  const char* key_bytes = key ? key->data() : nullptr;
  const std::size_t key_size = key ? key->size() : 0;
  char* value_bytes = value ? const_cast<char*>(value->data()) : nullptr;  // copied, and not written to
  const std::size_t value_size = value ? value->size() : 0;
  const auto error =
      rd_kafka_producev(client_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_PARTITION(partition),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key_bytes, key_size),
                        RD_KAFKA_V_VALUE(value_bytes, value_size), RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error(rd_kafka_err2str(error));
}

void RawProducer::flush() {
  if (const auto error = rd_kafka_flush(client_.get(), kLimit); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error(rd_kafka_err2str(error));
}

TransactionalProducer::TransactionalProducer(const KafkaSettings& settings)
    : RawProducer(settings, settings.topic) {
  check(rd_kafka_init_transactions(client_.get(), kLimit));
}

void TransactionalProducer::transaction(std::size_t records, bool commit) {
  check(rd_kafka_begin_transaction(client_.get()));
  for (std::size_t i = 0; i < records; ++i)
    produce(0, "key", "value", {});
  flush();
  check(commit ? rd_kafka_commit_transaction(client_.get(), kLimit)
               : rd_kafka_abort_transaction(client_.get(), kLimit));
}

void delete_records_below(const KafkaSettings& settings, std::int32_t partition, std::int64_t offset) {
  const KafkaClient client = make_client(settings, "");
  const KafkaOwned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), settings.topic.c_str(), partition)->offset = offset;
  rd_kafka_DeleteRecords_t* order = rd_kafka_DeleteRecords_new(list.get());
  rd_kafka_DeleteRecords(client.get(), &order, 1, nullptr, queue.get());
  rd_kafka_DeleteRecords_destroy(order);
  const KafkaOwned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kLimit));
  ASSERT_NE(event, nullptr);
  ASSERT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR)
      << rd_kafka_event_error_string(event.get());
}

}  // namespace hourglass::adapters
