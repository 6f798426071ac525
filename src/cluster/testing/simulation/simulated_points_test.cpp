#include "cluster/testing/simulation/simulated_points.hpp"

#include "cluster/testing/known_users_contract.hpp"

namespace hourglass::cluster {
namespace {

using simulation::DatabaseUse;
using simulation::SimulatedColdReader;
using simulation::SimulatedPointDatabase;

/// The server is kept for as long as its databases are.
struct CalmServer {
  CalmServer() { world.is_calm = true; }

  simulation::World world{
      base::test_seed(), simulation::Weakness::none, {.partitions = PointDatabaseContract::kPartitions}};
  simulation::PointServer points{world};
};

base::Expected<PointDatabaseUnderTest, std::string> simulated_database() {
  const auto server = std::make_shared<CalmServer>();
  return PointDatabaseUnderTest{
      [server](Partition partition) {
        return std::make_unique<SimulatedPointDatabase>(server->world, server->points, partition,
                                                        DatabaseUse::counting);
      },
      [server] { return std::make_unique<SimulatedColdReader>(server->world, server->points); }};
}

INSTANTIATE_TEST_SUITE_P(Simulated, PointDatabaseContract, ::testing::Values(simulated_database));
INSTANTIATE_TEST_SUITE_P(Simulated, KnownUsersContract, ::testing::Values(simulated_database));

}  // namespace
}  // namespace hourglass::cluster
