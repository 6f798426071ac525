#include "adapters/kafka/topic_admin.hpp"

#include <algorithm>
#include <array>

namespace hourglass::adapters {
namespace {

using cluster::Remedy;

constexpr std::size_t kErrorTextBytes = 512;

/// Whether waiting may help: the cluster is not there, or not yet all there.
bool may_pass(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION: return true;
    default: return false;
  }
}

KafkaOwned<rd_kafka_AdminOptions_t> options_of(rd_kafka_t* client, rd_kafka_admin_op_t order,
                                               std::chrono::milliseconds limit) {
  KafkaOwned<rd_kafka_AdminOptions_t> options(rd_kafka_AdminOptions_new(client, order));
  std::array<char, kErrorTextBytes> text{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), milliseconds_of(limit), text.data(), text.size());
  return options;
}

}  // namespace

tl::unexpected<cluster::StoreFault> TopicAdmin::fault(const std::string& what, rd_kafka_resp_err_t error,
                                                      const char* text) const {
  const Remedy remedy = may_pass(error) ? Remedy::retry : Remedy::person;
  if (text == nullptr)
    return kafka_fault(settings_, what, error, remedy);
  return cluster::store_fault(remedy, "Kafka at " + settings_.brokers + ": " + what + ": " + text);
}

cluster::StoreResult<KafkaOwned<rd_kafka_event_t>> TopicAdmin::answer_to(const std::string& what,
                                                                         rd_kafka_queue_t* queue) const {
  // The order itself ends earlier, with an error of its own.
  constexpr std::chrono::milliseconds kMargin{1'000};
  KafkaOwned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue, milliseconds_of(limit_ + kMargin)));
  if (event == nullptr)
    return fault(what, RD_KAFKA_RESP_ERR__TIMED_OUT, nullptr);
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return fault(what, error, rd_kafka_event_error_string(event.get()));
  return event;
}

cluster::StoreResult<std::optional<TopicShape>> TopicAdmin::shape(const std::string& topic) {
  const auto handle = kafka_topic(client_, topic);
  if (!handle)
    return tl::unexpected(handle.error());
  const std::string what = "asking for the topic " + topic;
  const rd_kafka_metadata_t* answer = nullptr;
  const auto error = rd_kafka_metadata(client_, 0, handle->get(), &answer, milliseconds_of(limit_));
  const KafkaOwned<const rd_kafka_metadata_t> metadata(answer);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return fault(what, error, nullptr);
  if (metadata->topic_cnt != 1)
    return fault(what, RD_KAFKA_RESP_ERR__BAD_MSG, nullptr);
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    return std::nullopt;
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return fault(what, found.err, nullptr);
  TopicShape shape{static_cast<std::uint32_t>(found.partition_cnt), 0};
  for (int i = 0; i < found.partition_cnt; ++i) {
    const auto replicas = static_cast<std::uint32_t>(found.partitions[i].replica_cnt);
    shape.replicas = i == 0 ? replicas : std::min(shape.replicas, replicas);
  }
  return shape;
}

cluster::StoreResult<std::map<std::string, std::string>> TopicAdmin::properties(const std::string& topic) {
  const std::string what = "asking for the properties of the topic " + topic;
  const KafkaOwned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client_));
  const auto options = options_of(client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, limit_);
  const KafkaOwned<rd_kafka_ConfigResource_t> asked(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  rd_kafka_ConfigResource_t* list = asked.get();
  rd_kafka_DescribeConfigs(client_, &list, 1, options.get(), queue.get());
  const auto event = answer_to(what, queue.get());
  if (!event)
    return tl::unexpected(event.error());

  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** resources =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  if (count != 1)
    return fault(what, RD_KAFKA_RESP_ERR__BAD_MSG, nullptr);
  if (const auto error = rd_kafka_ConfigResource_error(resources[0]); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return fault(what, error, rd_kafka_ConfigResource_error_string(resources[0]));
  std::map<std::string, std::string> properties;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (std::size_t i = 0; i < count; ++i)
    if (const char* value = rd_kafka_ConfigEntry_value(entries[i]); value != nullptr)
      properties.emplace(rd_kafka_ConfigEntry_name(entries[i]), value);
  return properties;
}

cluster::StoreResult<void> TopicAdmin::create(const std::string& topic, const TopicShape& shape,
                                              const KafkaProperties& properties) {
  const std::string what = "creating the topic " + topic;
  std::array<char, kErrorTextBytes> text{};
  const KafkaOwned<rd_kafka_NewTopic_t> wanted(
      rd_kafka_NewTopic_new(topic.c_str(), static_cast<int>(shape.partitions),
                            static_cast<int>(shape.replicas), text.data(), text.size()));
  if (wanted == nullptr)
    return cluster::store_fault(Remedy::person, what + ": " + text.data());
  for (const auto& [name, value] : properties)
    rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());

  const KafkaOwned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client_));
  const auto options = options_of(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, limit_);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), milliseconds_of(limit_), text.data(),
                                              text.size());
  rd_kafka_NewTopic_t* list = wanted.get();
  rd_kafka_CreateTopics(client_, &list, 1, options.get(), queue.get());
  const auto event = answer_to(what, queue.get());
  if (!event)
    return tl::unexpected(event.error());
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  if (count != 1)
    return fault(what, RD_KAFKA_RESP_ERR__BAD_MSG, nullptr);
  const auto error = rd_kafka_topic_result_error(results[0]);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    return fault(what, error, rd_kafka_topic_result_error_string(results[0]));
  return {};
}

cluster::StoreResult<std::string> TopicAdmin::cluster_id() {
  char* id = rd_kafka_clusterid(client_, milliseconds_of(limit_));
  if (id == nullptr)
    return fault("asking for the cluster's id", RD_KAFKA_RESP_ERR__TIMED_OUT, nullptr);
  std::string text = id;
  rd_kafka_mem_free(client_, id);
  return text;
}

}  // namespace hourglass::adapters
