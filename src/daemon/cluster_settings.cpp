#include "daemon/cluster_settings.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "daemon/settings.hpp"

namespace hourglass::daemon {
namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMostPartitions = 1'024;

using Type = SettingType;
using Value = SettingValue;

std::chrono::milliseconds milliseconds(const Value& value) {
  return std::chrono::milliseconds{value.number()};
}

std::uint32_t count(const Value& value) {
  return static_cast<std::uint32_t>(value.number());
}

constexpr std::array kKafkaSettings{
    Setting{.name = "cluster.key",
            .type = Type::optional_text,
            .default_text = "",
            .help = "Secret that all replicas share, 16 characters at least: it keys the hashes of users. It "
                    "can never "
                    "be changed. A cluster needs it, or cluster.key_file.",
            .secret = true,
            .apply = [](Settings& s, const Value& v) { s.cluster.key.text = v.text(); }},
    Setting{.name = "cluster.key_file",
            .type = Type::optional_text,
            .default_text = "",
            .help = "File that holds the secret, instead of cluster.key.",
            .apply = [](Settings& s, const Value& v) { s.cluster.key.file = v.text(); }},
    Setting{.name = "kafka.brokers",
            .type = Type::text,
            .default_text = "localhost:9092",
            .help = "Brokers to begin with: host:port, separated by commas.",
            .apply = [](Settings& s, const Value& v) { s.cluster.kafka.brokers = v.text(); }},
    Setting{.name = "kafka.topic",
            .type = Type::text,
            .default_text = "hourglass-events",
            .help = "Topic of the events.",
            .apply = [](Settings& s, const Value& v) { s.cluster.kafka.topic = v.text(); }},
    Setting{.name = "kafka.partitions",
            .type = Type::count,
            .default_text = "12",
            .minimum = 1,
            .maximum = kMostPartitions,
            .help = "Partitions of the topic. They can never be changed.",
            .apply = [](Settings& s, const Value& v) { s.cluster.kafka.partitions = count(v); }},
    Setting{.name = "kafka.replication_factor",
            .type = Type::count,
            .default_text = "3",
            .minimum = 1,
            .maximum = 100,
            .help = "Copies of the topic, when it is created.",
            .apply = [](Settings& s, const Value& v) { s.cluster.kafka.replication_factor = count(v); }},
    Setting{.name = "kafka.min_insync_replicas",
            .type = Type::count,
            .default_text = "2",
            .minimum = 1,
            .maximum = 100,
            .help = "Copies that must have an event before it is acknowledged: the topic has to say so.",
            .apply = [](Settings& s, const Value& v) { s.cluster.kafka.min_insync_replicas = count(v); }},
    Setting{.name = "kafka.create_topic",
            .type = Type::choice,
            .default_text = "false",
            .choices = kTrueOrFalse,
            .help = "Whether the topic is created where it is missing.",
            .apply = [](Settings& s, const Value& v) { s.cluster.kafka.create_topic = v.text() == "true"; }},
    Setting{.name = "kafka.hot_group",
            .type = Type::text,
            .default_text = "hourglass-hot",
            .help = "Consumer group that keeps Redis up to date.",
            .apply = [](Settings& s, const Value& v) { s.cluster.kafka.hot_group = v.text(); }},
    Setting{.name = "kafka.cold_group",
            .type = Type::text,
            .default_text = "hourglass-cold",
            .help = "Consumer group that keeps InfluxDB up to date.",
            .apply = [](Settings& s, const Value& v) { s.cluster.kafka.cold_group = v.text(); }},
    Setting{
        .name = "kafka.dead_letter_topic",
        .type = Type::optional_text,
        .default_text = "",
        .help =
            "Topic for records that are no events, as they came; empty: the topic's name and -dead-letter.",
        .apply = [](Settings& s, const Value& v) { s.cluster.kafka.dead_letter_topic = v.text(); }},
    Setting{
        .name = "kafka.properties",
        .type = Type::optional_text,
        .default_text = "",
        .help = "Further properties of librdkafka, for TLS and SASL: name=value, separated by semicolons.",
        .secret = true,
        .apply = [](Settings& s, const Value& v) { s.cluster.kafka_properties = v.text(); }},
};

constexpr std::array kStoreSettings{
    Setting{.name = "redis.endpoints",
            .type = Type::text,
            .default_text = "localhost:6379",
            .help = "Servers of Redis: host:port, separated by commas. Partition p lives on number p modulo "
                    "how many.",
            .apply = [](Settings& s, const Value& v) { s.cluster.redis_endpoints = v.text(); }},
    Setting{.name = "redis.user",
            .type = Type::optional_text,
            .default_text = "",
            .help = "User of Redis; empty: the default one.",
            .apply = [](Settings& s, const Value& v) { s.cluster.redis.user = v.text(); }},
    Setting{.name = "redis.password",
            .type = Type::optional_text,
            .default_text = "",
            .help = "Password of Redis; empty: none is asked for.",
            .secret = true,
            .apply = [](Settings& s, const Value& v) { s.cluster.redis_password.text = v.text(); }},
    Setting{.name = "redis.password_file",
            .type = Type::optional_text,
            .default_text = "",
            .help = "File that holds it, instead of redis.password.",
            .apply = [](Settings& s, const Value& v) { s.cluster.redis_password.file = v.text(); }},
    Setting{.name = "cold.store",
            .type = Type::choice,
            .default_text = "influxdb",
            .choices = "influxdb",
            .help = "What keeps every hour for good.",
            .apply = [](Settings&, const Value&) {}},
    Setting{.name = "influxdb.url",
            .type = Type::text,
            .default_text = "http://localhost:8086",
            .help = "Where InfluxDB is, 1.x or 2.x.",
            .apply = [](Settings& s, const Value& v) { s.cluster.influxdb.url = v.text(); }},
    Setting{.name = "influxdb.bucket",
            .type = Type::text,
            .default_text = "analytics",
            .help = "Bucket of 2.x, or database of 1.x.",
            .apply = [](Settings& s, const Value& v) { s.cluster.influxdb.bucket = v.text(); }},
    Setting{.name = "influxdb.token",
            .type = Type::optional_text,
            .default_text = "auth-token",
            .help = "Token of 2.x, used unless there is a user.",
            .secret = true,
            .apply = [](Settings& s, const Value& v) { s.cluster.influxdb_token.text = v.text(); }},
    Setting{.name = "influxdb.token_file",
            .type = Type::optional_text,
            .default_text = "",
            .help = "File that holds it, instead of influxdb.token.",
            .apply = [](Settings& s, const Value& v) { s.cluster.influxdb_token.file = v.text(); }},
    Setting{.name = "influxdb.org",
            .type = Type::optional_text,
            .default_text = "hourglass",
            .help = "Organisation of 2.x.",
            .apply = [](Settings& s, const Value& v) { s.cluster.influxdb.org = v.text(); }},
    Setting{.name = "influxdb.user",
            .type = Type::optional_text,
            .default_text = "",
            .help = "User of 1.x; empty: none is asked for.",
            .apply = [](Settings& s, const Value& v) { s.cluster.influxdb.user = v.text(); }},
    Setting{.name = "influxdb.password",
            .type = Type::optional_text,
            .default_text = "",
            .help = "Password of 1.x.",
            .secret = true,
            .apply = [](Settings& s, const Value& v) { s.cluster.influxdb_password.text = v.text(); }},
    Setting{.name = "influxdb.password_file",
            .type = Type::optional_text,
            .default_text = "",
            .help = "File that holds it, instead of influxdb.password.",
            .apply = [](Settings& s, const Value& v) { s.cluster.influxdb_password.file = v.text(); }},
    Setting{
        .name = "read.strong_timeout",
        .type = Type::duration,
        .default_text = "5s",
        .minimum = 10,
        .maximum = 600 * kSecond,
        .help =
            "In a cluster: how long a strong read waits for what was acknowledged before it; then it is 503.",
        .apply = [](Settings& s, const Value& v) { s.cluster.strong_timeout = milliseconds(v); }},
    Setting{
        .name = "read.fast_wait",
        .type = Type::duration,
        .default_text = "100ms",
        .minimum = 0,
        .maximum = 600 * kSecond,
        .help = "In a cluster: how long a fast read waits so that it does not go back behind an earlier one.",
        .apply = [](Settings& s, const Value& v) { s.cluster.fast_wait = milliseconds(v); }},
};

constexpr auto kClusterTable = [] {
  std::array<Setting, kKafkaSettings.size() + kStoreSettings.size()> table{};
  std::copy(kKafkaSettings.begin(), kKafkaSettings.end(), table.begin());
  std::copy(kStoreSettings.begin(), kStoreSettings.end(), table.begin() + kKafkaSettings.size());
  return table;
}();

/// The first line of the file, where the settings name one.
base::Expected<std::string, std::string> read_secret(const Secret& secret, const std::string& name) {
  if (secret.file.empty())
    return secret.text;
  std::ifstream stream(secret.file);
  std::string line;
  if (!std::getline(stream, line) || line.empty())
    return base::unexpected(name + "_file: no secret can be read from " + secret.file);
  return line;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin)
      parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

base::Expected<void, std::string> take_lists_apart(ClusterSettings& settings) {
  for (const std::string& part : split(settings.redis_endpoints, ',')) {
    const auto endpoint = adapters::parse_redis_endpoint(part);
    if (!endpoint)
      return base::unexpected("redis.endpoints: " + part + " is not host:port");
    settings.redis.endpoints.push_back(*endpoint);
  }
  if (settings.redis.endpoints.empty())
    return base::unexpected(std::string("redis.endpoints names no server"));
  for (const std::string& part : split(settings.kafka_properties, ';')) {
    const std::size_t equals = part.find('=');
    if (equals == 0 || equals == std::string::npos)
      return base::unexpected(
          std::string("kafka.properties: name=value, separated by semicolons, is expected"));
    settings.kafka.properties.emplace_back(part.substr(0, equals), part.substr(equals + 1));
  }
  return {};
}

}  // namespace

std::span<const Setting> cluster_settings_table() {
  return kClusterTable;
}

base::Expected<ClusterSettings, std::string> complete(ClusterSettings settings) {
  constexpr std::size_t kShortestKey = 16;
  const auto take = [](Secret& secret, const std::string& name,
                       std::string& into) -> base::Expected<void, std::string> {
    auto text = read_secret(secret, name);
    if (!text)
      return base::unexpected(std::move(text.error()));
    into = std::move(*text);
    return {};
  };
  for (const auto& taken :
       {take(settings.key, "cluster.key", settings.key.text),
        take(settings.redis_password, "redis.password", settings.redis.password),
        take(settings.influxdb_token, "influxdb.token", settings.influxdb.token),
        take(settings.influxdb_password, "influxdb.password", settings.influxdb.password)}) {
    if (!taken)
      return base::unexpected(taken.error());
  }
  if (settings.key.text.size() < kShortestKey)
    return base::unexpected(
        std::string("cluster.key (or cluster.key_file) is needed with backend = \"cluster\": a "
                    "secret of 16 characters at least"));
  if (const auto taken = take_lists_apart(settings); !taken)
    return base::unexpected(taken.error());
  if (settings.kafka.dead_letter_topic.empty())
    settings.kafka.dead_letter_topic = settings.kafka.topic + "-dead-letter";
  settings.redis.topic = settings.kafka.topic;
  settings.redis.partitions = settings.kafka.partitions;
  settings.redis.window = settings.idempotency_window;
  settings.influxdb.partitions = settings.kafka.partitions;
  return settings;
}

}  // namespace hourglass::daemon
