#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "adapters/kafka/kafka_settings.hpp"
#include "cluster/stores/store_fault.hpp"
#include "ports/log.hpp"

namespace hourglass::adapters {

/// What librdkafka gives out and has to get back.
struct KafkaFree {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_topic_conf_t* conf) const { rd_kafka_topic_conf_destroy(conf); }
  void operator()(rd_kafka_t* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
  void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};

template <typename T>
using KafkaOwned = std::unique_ptr<T, KafkaFree>;

using KafkaConf = KafkaOwned<rd_kafka_conf_t>;
using KafkaClient = KafkaOwned<rd_kafka_t>;
using KafkaTopic = KafkaOwned<rd_kafka_topic_t>;
using KafkaMessage = KafkaOwned<rd_kafka_message_t>;
using KafkaPartitionList = KafkaOwned<rd_kafka_topic_partition_list_t>;
using KafkaError = KafkaOwned<rd_kafka_error_t>;

/// Properties of one kind of client that the protocol fixes.
using KafkaProperties = std::vector<std::pair<std::string, std::string>>;

/// A configuration of a client: the settings' brokers and further properties, then `fixed`. Refuses, by its
/// name, a further property that librdkafka does not know or that is the protocol's. What librdkafka has to
/// say goes to `log`, which must outlive the client.
cluster::StoreResult<KafkaConf> kafka_conf(const KafkaSettings& settings, const KafkaProperties& fixed,
                                           ports::Log& log);

/// Makes a client. It connects on its own, for as long as it lives; that there is no broker is no failure.
cluster::StoreResult<KafkaClient> kafka_client(rd_kafka_type_t type, KafkaConf conf);

/// A consumer that is in no group: for reading partitions from offsets that are given, and for questions.
/// Takes up to `fetch_bytes` with one request, and of each partition about `ahead_bytes` ahead of who reads.
/// When so much waits, librdkafka does not ask again for up to a second, even if the partition is started
/// anew.
cluster::StoreResult<KafkaClient> kafka_reader(const KafkaSettings& settings, std::size_t fetch_bytes,
                                               std::size_t ahead_bytes, ports::Log& log);

/// The topic as a client reads or writes it.
cluster::StoreResult<KafkaTopic> kafka_topic(rd_kafka_t* client, const std::string& name);

/// A fault of Kafka in the words of librdkafka: "Kafka at h:9092: fetching t/3: Local: Timed out".
tl::unexpected<cluster::StoreFault> kafka_fault(const KafkaSettings& settings, const std::string& what,
                                                rd_kafka_resp_err_t error,
                                                cluster::Remedy remedy = cluster::Remedy::retry);

/// The number of milliseconds that a call of librdkafka is given.
int milliseconds_of(std::chrono::milliseconds duration);

}  // namespace hourglass::adapters
