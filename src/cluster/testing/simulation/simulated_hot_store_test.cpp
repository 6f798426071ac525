#include "cluster/testing/simulation/simulated_hot_store.hpp"

#include "cluster/testing/hot_store_contract.hpp"

namespace hourglass::cluster {
namespace {

class SimulatedPlace final : public HotStorePlace {
 public:
  SimulatedPlace() { world_.is_calm = true; }

  std::unique_ptr<HotStore> open(Partition partition) override {
    return std::make_unique<simulation::SimulatedHotStore>(world_, server_, partition);
  }
  std::unique_ptr<HotReader> reader() override {
    return std::make_unique<simulation::SimulatedHotReader>(world_, server_);
  }
  void lose_everything() override { server_.lose_all(); }

  /// As all else that goes on at once in a simulation.
  void do_at_once(const std::function<void()>& one, const std::function<void()>& other) override {
    simulation::Fiber first(world_.fibers, one);
    simulation::Fiber second(world_.fibers, other);
    while (!first.has_ended() || !second.has_ended())
      (world_.random.percent(50) ? first : second).resume();
  }

 private:
  simulation::World world_{base::test_seed(), simulation::Weakness::none, {kHotPartitions, kHotWindow}};
  simulation::HotServer server_{world_};
};

INSTANTIATE_TEST_SUITE_P(Simulated, HotStoreContract,
                         ::testing::Values([] { return std::make_unique<SimulatedPlace>(); }));

}  // namespace
}  // namespace hourglass::cluster
