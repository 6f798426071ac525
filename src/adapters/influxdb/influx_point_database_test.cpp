#include "adapters/influxdb/influx_point_database.hpp"

#include "adapters/influxdb/check_influx.hpp"
#include "adapters/influxdb/influx_cold_reader.hpp"
#include "adapters/influxdb/testing/test_database.hpp"
#include "cluster/testing/known_users_contract.hpp"

namespace hourglass::adapters::influxdb {
namespace {

using cluster::PointDatabaseContract;
using cluster::PointDatabaseUnderTest;
using Made = base::Expected<PointDatabaseUnderTest, std::string>;

/// `server` is kept for as long as the databases are.
Made database_in(const InfluxSettings& settings, const std::shared_ptr<InfluxServer>& server = {}) {
  if (const auto checked = check_influx(settings); !checked)
    throw std::runtime_error(checked.error().message);
  return PointDatabaseUnderTest{[settings, server](cluster::Partition partition) {
                                  return std::make_unique<InfluxPointDatabase>(settings, partition);
                                },
                                [settings] { return std::make_unique<InfluxColdReader>(settings); }};
}

Made database_of_one() {
  if (InfluxServer::program(InfluxServer::Version::one).empty())
    return base::unexpected(std::string("there is no influxd of 1.x"));
  return database_in(settings_for(shared_server(), PointDatabaseContract::kPartitions));
}

Made database_of_two() {
  if (InfluxServer::program(InfluxServer::Version::two).empty())
    return base::unexpected(std::string("TEST_INFLUXD2 names no influxd of 2.x"));
  auto server = std::make_shared<InfluxServer>(InfluxServer::Version::two);
  InfluxSettings settings = settings_for(*server, PointDatabaseContract::kPartitions);
  settings.bucket = InfluxServer::kBucket;
  settings.org = InfluxServer::kOrg;
  settings.token = InfluxServer::kToken;
  return database_in(settings, server);
}

}  // namespace
}  // namespace hourglass::adapters::influxdb

namespace hourglass::cluster {

INSTANTIATE_TEST_SUITE_P(InfluxOne, PointDatabaseContract,
                         ::testing::Values(adapters::influxdb::database_of_one));
INSTANTIATE_TEST_SUITE_P(InfluxOne, KnownUsersContract,
                         ::testing::Values(adapters::influxdb::database_of_one));
INSTANTIATE_TEST_SUITE_P(InfluxTwo, KnownUsersContract,
                         ::testing::Values(adapters::influxdb::database_of_two));
INSTANTIATE_TEST_SUITE_P(InfluxTwo, PointDatabaseContract,
                         ::testing::Values(adapters::influxdb::database_of_two));

}  // namespace hourglass::cluster
