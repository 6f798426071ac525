#include "cluster/testing/hot_store_contract.hpp"

#include "adapters/redis/hot_reader.hpp"
#include "adapters/redis/hot_store.hpp"
#include "adapters/redis/testing/redis_server.hpp"

namespace hourglass::cluster {
namespace {

/// One server for all of these tests: each has a topic of its own.
adapters::RedisServer& server() {
  static adapters::RedisServer server;
  return server;
}

class RedisPlace final : public HotStorePlace {
 public:
  RedisPlace() {
    static int places = 0;
    settings_.endpoints = {server().endpoint()};
    settings_.topic = "topic-" + std::to_string(++places);
    settings_.partitions = kHotPartitions;
    settings_.fingerprint = "fingerprint";
    settings_.window = kHotWindow;
    settings_.call_limit = std::chrono::seconds{20};
  }

  std::unique_ptr<HotStore> open(Partition partition) override {
    return std::make_unique<adapters::RedisHotStore>(settings_, partition);
  }
  std::unique_ptr<HotReader> reader() override {
    return std::make_unique<adapters::RedisHotReader>(settings_);
  }
  void lose_everything() override { server().command({"FLUSHALL"}); }

 private:
  adapters::RedisSettings settings_;
};

INSTANTIATE_TEST_SUITE_P(Redis, HotStoreContract,
                         ::testing::Values([] { return std::make_unique<RedisPlace>(); }));

}  // namespace
}  // namespace hourglass::cluster
