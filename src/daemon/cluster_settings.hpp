#pragma once

#include <chrono>
#include <span>
#include <string>

#include "adapters/influxdb/influx_settings.hpp"
#include "adapters/kafka/kafka_settings.hpp"
#include "adapters/redis/settings.hpp"
#include "base/result.hpp"
#include "daemon/setting.hpp"

namespace hourglass::daemon {

/// A secret that stands in the settings, or in a file that they name.
struct Secret {
  std::string text;
  std::string file;
};

/// What a replica of a cluster runs with, as it stands in the settings.
struct ClusterSettings {
  bool enabled = false;
  bool api = true;
  bool hot = true;
  bool cold = true;
  std::chrono::milliseconds idempotency_window{std::chrono::hours{24}};
  std::uint64_t memory_bytes = 1ULL << 30;  // for the users of the cold store's hours and days, about
  Secret key;
  adapters::KafkaSettings kafka;
  std::string kafka_properties;
  std::string redis_endpoints;
  adapters::RedisSettings redis;
  Secret redis_password;
  adapters::influxdb::InfluxSettings influxdb;
  Secret influxdb_token;
  Secret influxdb_password;
  std::chrono::milliseconds strong_timeout{5'000};
  std::chrono::milliseconds fast_wait{100};
};

/// The rows of the table of settings that only a cluster has.
std::span<const Setting> cluster_settings_table();

/// Reads secrets from their files, and takes lists apart. The failure names the setting.
base::Expected<ClusterSettings, std::string> complete(ClusterSettings settings);

}  // namespace hourglass::daemon
