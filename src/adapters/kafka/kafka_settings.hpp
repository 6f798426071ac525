#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hourglass::adapters {

/// How long the adapter waits. The defaults are those of the protocol; tests wait less.
struct KafkaTimeLimits {
  std::chrono::milliseconds message{30'000};  // from produce() to the report of a record
  std::chrono::milliseconds request{5'000};   // one request of a producer, before it is sent again
  std::chrono::milliseconds session{6'000};   // a member that was silent for so long has left its group
  std::chrono::milliseconds answer{5'000};    // to a question: a range, one record, leaving a group
  std::chrono::milliseconds statistics{500};  // between two looks at the state of the connections
};

/// The topic, where it is, and how it is used.
struct KafkaSettings {
  std::string brokers = "localhost:9092";  // host:port, by commas
  std::string topic = "hourglass-events";
  std::uint32_t partitions = 12;
  std::uint32_t replication_factor = 3;
  std::uint32_t min_insync_replicas = 2;
  bool create_topic = false;
  std::string hot_group = "hourglass-hot";
  std::string cold_group = "hourglass-cold";
  std::string dead_letter_topic = "hourglass-events-dead-letter";
  std::vector<std::pair<std::string, std::string>>
      properties;                              // of librdkafka; those of the protocol excepted
  std::uint32_t queue_records = 200'000;       // that a producer holds at most
  std::uint32_t queue_kibibytes = 256 * 1024;  // the same in bytes
  KafkaTimeLimits limits;
};

}  // namespace hourglass::adapters
