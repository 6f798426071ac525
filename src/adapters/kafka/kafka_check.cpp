#include "adapters/kafka/kafka_check.hpp"

#include <charconv>
#include <map>
#include <thread>

#include "adapters/kafka/topic_admin.hpp"
#include "adapters/kafka/topic_offsets.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Remedy;
using std::chrono::milliseconds;

using Properties = std::map<std::string, std::string>;

constexpr std::size_t kFetchBytes = std::size_t{64} << 10U;  // it asks only, and fetches nothing
constexpr milliseconds kPause{50};                           // until a new topic is known everywhere

std::string value_of(const Properties& properties, const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? std::string() : found->second;
}

std::int64_t number_of(const Properties& properties, const std::string& name) {
  const std::string text = value_of(properties, name);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

tl::unexpected<cluster::StoreFault> wrong(const std::string& topic, const std::string& what) {
  return cluster::store_fault(Remedy::person, "the topic " + topic + " " + what);
}

/// What the topic is created with, and has to have for good.
KafkaProperties topic_properties(const KafkaSettings& settings) {
  KafkaProperties properties{{"message.timestamp.type", "LogAppendTime"},
                             {"retention.bytes", "-1"},
                             {"cleanup.policy", "delete"},
                             {"unclean.leader.election.enable", "false"},
                             {"retention.ms", std::to_string(milliseconds(kLeastRetention).count())},
                             {"min.insync.replicas", std::to_string(settings.min_insync_replicas)}};
  // A record of the only copy is to be on the disk before it is acknowledged.
  if (settings.replication_factor == 1)
    properties.emplace_back("flush.messages", "1");
  return properties;
}

cluster::StoreResult<void> check_shape(const KafkaSettings& settings, const TopicShape& shape) {
  if (shape.partitions != settings.partitions)
    return wrong(settings.topic, "has " + std::to_string(shape.partitions) +
                                     " partitions, and kafka.partitions is " +
                                     std::to_string(settings.partitions));
  if (shape.replicas < settings.replication_factor)
    return wrong(settings.topic, "has a partition with " + std::to_string(shape.replicas) +
                                     " replicas, and kafka.replication_factor is " +
                                     std::to_string(settings.replication_factor));
  return {};
}

std::string unequal(const std::string& name, const std::string& found, const std::string& wanted) {
  return "has " + name + "=" + found + ", and has to have " + name + "=" + wanted;
}

cluster::StoreResult<void> check_properties(const KafkaSettings& settings, const Properties& properties) {
  for (const auto& [name, wanted] : KafkaProperties{{"message.timestamp.type", "LogAppendTime"},
                                                    {"retention.bytes", "-1"},
                                                    {"cleanup.policy", "delete"},
                                                    {"unclean.leader.election.enable", "false"}})
    if (const std::string found = value_of(properties, name); found != wanted)
      return wrong(settings.topic, unequal(name, found, wanted));
  const std::int64_t retention = number_of(properties, "retention.ms");
  const std::int64_t least = milliseconds(kLeastRetention).count();
  if (retention >= 0 && retention < least)
    return wrong(settings.topic, "has retention.ms=" + std::to_string(retention) +
                                     ", and has to have at least " + std::to_string(least) +
                                     " (72 hours), or -1");
  if (number_of(properties, "min.insync.replicas") < settings.min_insync_replicas)
    return wrong(settings.topic, "has min.insync.replicas=" + value_of(properties, "min.insync.replicas") +
                                     ", and kafka.min_insync_replicas is " +
                                     std::to_string(settings.min_insync_replicas));
  return {};
}

/// The topic's shape; creates it where it is missing and may be created. `setting` is what names it.
cluster::StoreResult<TopicShape> find_or_create(TopicAdmin& admin, const KafkaSettings& settings,
                                                const std::string& topic, const std::string& setting,
                                                const TopicShape& wanted, const KafkaProperties& properties) {
  const auto deadline = std::chrono::steady_clock::now() + settings.limits.answer;
  auto shape = admin.shape(topic);
  if (shape && !*shape && !settings.create_topic)
    return cluster::store_fault(Remedy::person, "there is no topic " + topic + " (" + setting +
                                                    "); create it, or set kafka.create_topic");
  if (shape && !*shape)
    if (const auto created = admin.create(topic, wanted, properties); !created)
      return tl::unexpected(created.error());
  while (shape && !*shape && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    shape = admin.shape(topic);
  }
  if (!shape)
    return tl::unexpected(shape.error());
  if (!*shape)
    return cluster::store_fault(Remedy::retry, "the new topic " + topic + " is not known to the brokers yet");
  return **shape;
}

}  // namespace

cluster::StoreResult<KafkaFacts> check_kafka(const KafkaSettings& settings, ports::Log& log) {
  if (settings.min_insync_replicas > settings.replication_factor)
    return cluster::store_fault(Remedy::person,
                                "kafka.min_insync_replicas is above kafka.replication_factor");
  const auto client = kafka_reader(settings, kFetchBytes, kFetchBytes, log);
  if (!client)
    return tl::unexpected(client.error());
  TopicAdmin admin(client->get(), settings, settings.limits.answer);

  const auto shape =
      find_or_create(admin, settings, settings.topic, "kafka.topic",
                     {settings.partitions, settings.replication_factor}, topic_properties(settings));
  if (!shape)
    return tl::unexpected(shape.error());
  if (const auto checked = check_shape(settings, *shape); !checked)
    return tl::unexpected(checked.error());
  const auto properties = admin.properties(settings.topic);
  if (!properties)
    return tl::unexpected(properties.error());
  if (const auto checked = check_properties(settings, *properties); !checked)
    return tl::unexpected(checked.error());
  const auto dead_letters = find_or_create(admin, settings, settings.dead_letter_topic,
                                           "kafka.dead_letter_topic", {1, settings.replication_factor}, {});
  if (!dead_letters)
    return tl::unexpected(dead_letters.error());

  auto cluster_id = admin.cluster_id();
  if (!cluster_id)
    return tl::unexpected(std::move(cluster_id.error()));
  std::vector<cluster::Partition> partitions;
  for (std::uint32_t number = 0; number < settings.partitions; ++number)
    partitions.emplace_back(number);
  auto starts = list_offsets(client->get(), settings, partitions, LogEnd::first, settings.limits.answer);
  if (!starts)
    return tl::unexpected(std::move(starts.error()));
  KafkaFacts facts{std::move(*cluster_id), std::nullopt, std::move(*starts)};
  if (const std::int64_t retention = number_of(*properties, "retention.ms"); retention >= 0)
    facts.retention = milliseconds(retention);
  return facts;
}

}  // namespace hourglass::adapters
