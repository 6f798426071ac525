#pragma once

#include <string>

#include <librdkafka/rdkafka_mock.h>

#include "adapters/kafka/kafka_handle.hpp"

namespace hourglass::adapters {

/// Brokers in this process that librdkafka brings along, and that fail as they are told.
class MockedBrokers {
 public:
  explicit MockedBrokers(int brokers)
      : client_(make_client()), cluster_(rd_kafka_mock_cluster_new(client_.get(), brokers)) {}
  ~MockedBrokers() { rd_kafka_mock_cluster_destroy(cluster_); }
  MockedBrokers(const MockedBrokers&) = delete;
  MockedBrokers& operator=(const MockedBrokers&) = delete;

  [[nodiscard]] std::string address() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }

  void create_topic(const std::string& name, int partitions, int replicas) {
    rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, replicas);
  }

  /// Brokers count from 1.
  void set_leader(const std::string& topic, int partition, int broker) {
    rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), partition, broker);
  }

  /// The next produce request is answered with an error after which a producer cannot go on.
  void end_producer() {
    constexpr std::int16_t kProduce = 0;
    rd_kafka_mock_push_request_errors(cluster_, kProduce, 1, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  }

 private:
  static KafkaClient make_client() {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
    return KafkaClient(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0));
  }

  KafkaClient client_;
  rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace hourglass::adapters
