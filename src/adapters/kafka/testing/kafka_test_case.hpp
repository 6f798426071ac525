#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/kafka/kafka_check.hpp"
#include "adapters/kafka/kafka_producer.hpp"
#include "adapters/kafka/testing/kafka_server.hpp"
#include "cluster/log/record.hpp"
#include "cluster/testing/events.hpp"
#include "cluster/testing/recording_listener.hpp"
#include "ports/log.hpp"

namespace hourglass::adapters {

using cluster::RecordingListener;

inline constexpr core::HashKey kTestClusterKey{1, 2, 3, 4};
inline constexpr std::uint64_t kTestTimestamp = 1'700'000'000'000;
inline constexpr std::chrono::seconds kTestPatience{20};

/// Says nothing.
class SilentLog final : public ports::Log {
 public:
  void write(ports::LogLevel, std::string_view, std::initializer_list<ports::LogField>) override {}
};

/// Waits for a condition, looking again and again; false: in vain.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kTestPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

/// Of a topic with two partitions, which check_kafka() makes.
inline KafkaSettings settings_of(const KafkaServer& server, const std::string& topic) {
  KafkaSettings settings;
  settings.brokers = server.address();
  settings.topic = topic;
  settings.dead_letter_topic = topic + "-dead-letter";
  settings.partitions = 2;
  settings.replication_factor = 1;
  settings.min_insync_replicas = 1;
  settings.create_topic = true;
  settings.limits.session = std::chrono::milliseconds{1'500};
  settings.limits.message = std::chrono::milliseconds{2'000};
  settings.limits.request = std::chrono::milliseconds{1'000};
  return settings;
}

/// A test with the broker, and a topic of its own with two partitions. Skipped where there is no broker.
class KafkaTestCase : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    server_ = KafkaServer::shared(reason);
    if (server_ == nullptr)
      GTEST_SKIP() << reason;
    settings_ = settings_for(*server_);
    const auto checked = check_kafka(settings_, log_);
    ASSERT_TRUE(checked) << checked.error().message;
  }

  static KafkaSettings settings_for(const KafkaServer& server) {
    return settings_of(server, testing::UnitTest::GetInstance()->current_test_info()->name());
  }

  std::unique_ptr<KafkaProducer> make_producer() {
    auto producer = KafkaProducer::start(settings_, listener_, log_);
    EXPECT_TRUE(producer) << producer.error().message;
    return std::move(*producer);
  }

  /// Hands over events of users u<first>, u<first + 1>, ..., with these numbers as tokens.
  static void produce(KafkaProducer& producer, std::uint64_t first, std::uint64_t count,
                      cluster::Partition partition = cluster::Partition{0}) {
    for (std::uint64_t token = first; token < first + count; ++token) {
      const auto event = cluster::make_event("u" + std::to_string(token), kTestTimestamp, core::Kind::click);
      const auto record = cluster::encode_record(event, producer.next_identity(partition));
      ASSERT_TRUE(eventually([&] { return producer.produce(partition, record, token); }));
    }
  }

  /// Events 0 to count - 1 of a partition, acknowledged; their offsets are the same where the topic was
  /// empty.
  void fill(std::uint64_t count, cluster::Partition partition = cluster::Partition{0}) {
    RecordingListener listener;
    auto producer = KafkaProducer::start(settings_, listener, log_);
    ASSERT_TRUE(producer) << producer.error().message;
    produce(**producer, 0, count, partition);
    ASSERT_TRUE((*producer)->flush(std::chrono::steady_clock::now() + kTestPatience));
    ASSERT_EQ(listener.count_of(cluster::Delivery::persisted), count);
  }

  KafkaServer* server_ = nullptr;
  KafkaSettings settings_;
  SilentLog log_;
  RecordingListener listener_;
};

}  // namespace hourglass::adapters
