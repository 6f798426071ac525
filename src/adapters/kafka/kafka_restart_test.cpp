#include "adapters/kafka/kafka_group.hpp"
#include "adapters/kafka/kafka_producer.hpp"
#include "adapters/kafka/testing/kafka_test_case.hpp"
#include "adapters/kafka/testing/partition_workers.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Delivery;
using std::chrono::steady_clock;

class KafkaRestartTest : public KafkaTestCase {};

/// One test, since a broker takes seconds to start.
TEST_F(KafkaRestartTest, AllGoOnAfterTheBrokerWasKilled) {
  SharedProgress progress;
  WorkingOwner owner(progress);
  const auto group = KafkaGroup::join(settings_, "restart", kTestClusterKey, owner, log_);
  ASSERT_TRUE(group);
  const auto hasty = make_producer();
  RecordingListener patient_listener;
  KafkaSettings patient_settings = settings_;
  patient_settings.limits.message = std::chrono::seconds{60};
  const auto patient = KafkaProducer::start(patient_settings, patient_listener, log_);
  ASSERT_TRUE(patient);
  produce(*hasty, 0, 1);
  produce(**patient, 0, 100);
  ASSERT_TRUE(hasty->flush(steady_clock::now() + kTestPatience));
  ASSERT_TRUE((*patient)->flush(steady_clock::now() + kTestPatience));
  EXPECT_TRUE(eventually([&] { return progress.records() == 101; }));

  server_->kill();
  EXPECT_TRUE(eventually([&] { return !hasty->is_reachable(); }));
  produce(*hasty, 1, 10);
  produce(**patient, 100, 100);
  EXPECT_TRUE(hasty->flush(steady_clock::now() + kTestPatience));
  EXPECT_FALSE(hasty->is_reachable());
  // What could not be sent is definitely not there.
  EXPECT_EQ(listener_.count_of(Delivery::not_persisted), 10U);

  server_->start();
  EXPECT_TRUE(eventually([&] { return hasty->is_reachable(); }));
  produce(*hasty, 11, 5);
  EXPECT_TRUE(hasty->flush(steady_clock::now() + kTestPatience));
  EXPECT_EQ(listener_.count_of(Delivery::persisted), 6U);
  EXPECT_EQ(listener_.count(), 16U);
  EXPECT_TRUE((*patient)->flush(steady_clock::now() + kTestPatience));
  EXPECT_EQ(patient_listener.count_of(Delivery::persisted), 200U);
  EXPECT_EQ(patient_listener.count(), 200U);
  EXPECT_TRUE(eventually([&] { return progress.records() == 206; })) << progress.records();
}

}  // namespace
}  // namespace hourglass::adapters
