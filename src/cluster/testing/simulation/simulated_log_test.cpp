#include "cluster/testing/simulation/simulated_log.hpp"

#include "base/testing/test_seed.hpp"
#include "cluster/testing/partition_log_contract.hpp"

namespace hourglass::cluster {
namespace {

class SimulatedLogPlace final : public PartitionLogPlace {
 public:
  SimulatedLogPlace() { world_.is_calm = true; }

  std::unique_ptr<PartitionLog> open() override {
    return std::make_unique<simulation::SimulatedLog>(world_, history_);
  }

  void append(const std::vector<RecordBytes>& records) override {
    for (const RecordBytes& record : records) {
      std::vector<RecordHeader> headers{{kIdentityHeader, record.identity}};
      if (!record.key_digest.empty())
        headers.push_back({kKeyHeader, record.key_digest});
      const auto event = decoder_.decode(record.key, record.value, headers);
      ASSERT_TRUE(event);
      history_.append(LogTime{world_.clock.milliseconds()}, *event, ++intentions_);
    }
  }

  void append_with_mark() override {
    history_.append_foreign(LogTime{world_.clock.milliseconds()});
    history_.append_marker(LogTime{world_.clock.milliseconds()});
  }

  void forget_below(Offset offset) override { history_.forget(LogTime{INT64_MAX}, offset); }

 private:
  simulation::World world_{base::test_seed(), simulation::Weakness::none};
  simulation::PartitionHistory history_;
  simulation::Intention intentions_ = 0;
  RecordDecoder decoder_{kLogClusterKey};
};

base::Expected<std::unique_ptr<PartitionLogPlace>, std::string> simulated_log() {
  return std::make_unique<SimulatedLogPlace>();
}

INSTANTIATE_TEST_SUITE_P(Simulated, PartitionLogContract, ::testing::Values(simulated_log));

}  // namespace
}  // namespace hourglass::cluster
