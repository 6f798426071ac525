#pragma once

#include <cstdint>
#include <string>

#include <unistd.h>

#include "adapters/influxdb/check_influx.hpp"
#include "adapters/influxdb/testing/influx_server.hpp"

namespace hourglass::adapters::influxdb {

/// The server of 1.x that the tests of this program share, each with a database of its own.
inline InfluxServer& shared_server() {
  static InfluxServer server(InfluxServer::Version::one);
  return server;
}

/// Settings for a database that nobody has used yet, which check_influx() makes.
inline InfluxSettings settings_for(const InfluxServer& server, std::uint32_t partitions = 4) {
  static int count = 0;
  InfluxSettings settings;
  settings.url = server.url();
  settings.bucket = "test \"" + std::to_string(++count) + "\" & more";
  settings.partitions = partitions;
  settings.fingerprint = "fingerprint-1";
  return settings;
}

}  // namespace hourglass::adapters::influxdb
