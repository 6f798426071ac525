#include "adapters/kafka/kafka_handle.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace hourglass::adapters {
namespace {

using cluster::Remedy;

constexpr std::size_t kErrorTextBytes = 512;
constexpr int kSyslogError = 3;  // and below: worse
constexpr int kSyslogWarning = 4;

/// What a setting of the operator may not change: the promises of the log stand on it. Aliases of librdkafka
/// are beside the names they stand for.
constexpr std::array<std::string_view, 34> kFixedByProtocol{
    "acks",
    "request.required.acks",
    "enable.idempotence",
    "transactional.id",
    "enable.gapless.guarantee",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "message.timeout.ms",
    "delivery.timeout.ms",
    "queue.buffering.max.messages",
    "queue.buffering.max.kbytes",
    "partitioner",
    "group.id",
    "group.instance.id",
    "group.protocol.type",
    "partition.assignment.strategy",
    "session.timeout.ms",
    "enable.auto.commit",
    "auto.commit.enable",
    "enable.auto.offset.store",
    "auto.offset.reset",
    "offset.store.method",
    "enable.partition.eof",
    "isolation.level",
    "allow.auto.create.topics",
    "bootstrap.servers",
    "metadata.broker.list",
    "check.crcs",
    "queued.max.messages.kbytes",
    "queued.min.messages",
    "statistics.interval.ms",
    "delivery.report.only.error",
    "dr_msg_cb",
    "plugin.library.paths",
};

void write_log(const rd_kafka_t* client, int level, const char*, const char* text) {
  auto& log = *static_cast<ports::Log*>(rd_kafka_opaque(client));
  const auto log_level = level <= kSyslogError     ? ports::LogLevel::error
                         : level <= kSyslogWarning ? ports::LogLevel::warning
                                                   : ports::LogLevel::info;
  log.write(log_level, "Kafka client", {{"text", std::string(text)}});
}

}  // namespace

cluster::StoreResult<KafkaConf> kafka_conf(const KafkaSettings& settings, const KafkaProperties& fixed,
                                           ports::Log& log) {
  KafkaConf conf(rd_kafka_conf_new());
  std::array<char, kErrorTextBytes> text{};
  const auto set = [&](const std::string& name, const std::string& value) {
    return rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) ==
           RD_KAFKA_CONF_OK;
  };
  // A broker that hangs holds up what is sent to it for so long.
  if (!set("socket.timeout.ms", std::to_string(settings.limits.request.count())))
    return cluster::store_fault(Remedy::person,
                                "librdkafka refuses socket.timeout.ms: " + std::string(text.data()));
  for (const auto& [name, value] : settings.properties) {
    if (std::ranges::find(kFixedByProtocol, name) != kFixedByProtocol.end())
      return cluster::store_fault(Remedy::person, "kafka.properties: " + name + " is fixed by Hourglass");
    if (!set(name, value))
      return cluster::store_fault(Remedy::person, "kafka.properties: " + std::string(text.data()));
  }
  if (!set("bootstrap.servers", settings.brokers))
    return cluster::store_fault(Remedy::person, "kafka.brokers: " + std::string(text.data()));
  for (const auto& [name, value] : fixed)
    if (!set(name, value))
      return cluster::store_fault(Remedy::person, "librdkafka refuses " + name + ": " + text.data());
  rd_kafka_conf_set_log_cb(conf.get(), write_log);
  rd_kafka_conf_set_opaque(conf.get(), &log);
  return conf;
}

cluster::StoreResult<KafkaClient> kafka_client(rd_kafka_type_t type, KafkaConf conf) {
  std::array<char, kErrorTextBytes> text{};
  KafkaClient client(rd_kafka_new(type, conf.get(), text.data(), text.size()));
  if (client == nullptr)
    return cluster::store_fault(Remedy::person,
                                "a client of Kafka cannot be made: " + std::string(text.data()));
  static_cast<void>(conf.release());  // it is the client's now
  return client;
}

cluster::StoreResult<KafkaClient> kafka_reader(const KafkaSettings& settings, std::size_t fetch_bytes,
                                               std::size_t ahead_bytes, ports::Log& log) {
  auto conf = kafka_conf(settings,
                         {{"enable.auto.commit", "false"},
                          {"enable.auto.offset.store", "false"},
                          {"auto.offset.reset", "error"},
                          {"enable.partition.eof", "true"},
                          {"isolation.level", "read_uncommitted"},
                          {"allow.auto.create.topics", "false"},
                          {"check.crcs", "true"},
                          {"socket.nagle.disable", "true"},
                          {"queued.min.messages", "100000"},
                          {"queued.max.messages.kbytes", std::to_string(ahead_bytes / 1024)},
                          {"fetch.message.max.bytes", std::to_string(fetch_bytes)},
                          {"fetch.wait.max.ms", "100"},
                          {"fetch.error.backoff.ms", "100"},
                          {"reconnect.backoff.max.ms", "1000"}},
                         log);
  if (!conf)
    return tl::unexpected(std::move(conf.error()));
  return kafka_client(RD_KAFKA_CONSUMER, std::move(*conf));
}

cluster::StoreResult<KafkaTopic> kafka_topic(rd_kafka_t* client, const std::string& name) {
  KafkaTopic topic(rd_kafka_topic_new(client, name.c_str(), nullptr));
  if (topic == nullptr)
    return cluster::store_fault(Remedy::person,
                                "the topic " + name + ": " + rd_kafka_err2str(rd_kafka_last_error()));
  return topic;
}

tl::unexpected<cluster::StoreFault> kafka_fault(const KafkaSettings& settings, const std::string& what,
                                                rd_kafka_resp_err_t error, Remedy remedy) {
  return cluster::store_fault(remedy,
                              "Kafka at " + settings.brokers + ": " + what + ": " + rd_kafka_err2str(error));
}

int milliseconds_of(std::chrono::milliseconds duration) {
  constexpr std::chrono::milliseconds::rep kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(duration.count(), 0, kMost));
}

}  // namespace hourglass::adapters
