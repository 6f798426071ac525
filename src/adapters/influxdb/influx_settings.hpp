#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace hourglass::adapters::influxdb {

/// Where the database is and how it is asked. With a user: Basic, which InfluxDB 1.x wants; without one, with
/// a token: Token, which 2.x wants; with neither, or where 1.x asks for no authorisation: whoever asks may.
struct InfluxSettings {
  std::string url = "http://localhost:8086";
  std::string bucket = "analytics";  // of 1.x: the database
  std::string token;
  std::string org;  // of 2.x: where the bucket is looked for
  std::string user;
  std::string password;

  std::uint32_t partitions = 1;  // of the topic
  std::string fingerprint;       // of what the numbers depend on; kept beside them and compared

  std::chrono::milliseconds connect_timeout{1'000};
  std::chrono::milliseconds answer_timeout{10'000};  // of a whole request
};

}  // namespace hourglass::adapters::influxdb
