#include "adapters/influxdb/check_influx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/influxdb/influx_connection.hpp"
#include "adapters/influxdb/testing/scripted_server.hpp"
#include "adapters/influxdb/testing/test_database.hpp"

namespace hourglass::adapters::influxdb {
namespace {

using cluster::Remedy;
using ::testing::HasSubstr;

class CheckInflux : public ::testing::Test {
 protected:
  void SetUp() override {
    if (InfluxServer::program(InfluxServer::Version::one).empty())
      GTEST_SKIP() << "there is no influxd of 1.x";
  }

  static void ask(const InfluxSettings& settings, const std::string& statement) {
    const auto asked = InfluxConnection(settings).query(statement, [](const Row&) { return true; });
    ASSERT_TRUE(asked) << asked.error().message;
  }

  static void expect_person(const InfluxSettings& settings, const std::string& said) {
    const auto checked = check_influx(settings);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().remedy, Remedy::person);
    EXPECT_THAT(checked.error().message, HasSubstr(said));
  }
};

TEST_F(CheckInflux, MakesTheDatabaseWithLongShards) {
  const InfluxSettings settings = settings_for(shared_server());
  ASSERT_TRUE(check_influx(settings));
  ASSERT_TRUE(check_influx(settings)) << "a second time";
  std::string shard;
  ASSERT_TRUE(InfluxConnection(settings).query("SHOW RETENTION POLICIES", [&](const Row& row) {
    shard = row.text(2).value_or("");
    return true;
  }));
  EXPECT_EQ(shard, "8736h0m0s");
}

TEST_F(CheckInflux, TakesADatabaseThatIsThereAndKeepsForEver) {
  InfluxSettings settings = settings_for(shared_server());
  settings.bucket = "plain";
  settings.token = "of-no-use";  // 1.x without authorisation does not look at it
  ask(settings, "CREATE DATABASE plain");
  EXPECT_TRUE(check_influx(settings));
}

TEST_F(CheckInflux, RefusesADatabaseThatForgets) {
  InfluxSettings settings = settings_for(shared_server());
  settings.bucket = "short";
  ask(settings, "CREATE DATABASE short WITH DURATION 30d");
  expect_person(settings, "influxdb.bucket short after 720h0m0s");
  ask(settings, "CREATE RETENTION POLICY kept ON short DURATION INF REPLICATION 1 DEFAULT");
  EXPECT_TRUE(check_influx(settings)) << "the default policy counts";
}

TEST_F(CheckInflux, NamesWrongCredentials) {
  const InfluxServer server(InfluxServer::Version::one, InfluxServer::Authorisation::on);
  InfluxSettings settings = settings_for(server);
  settings.token = "token";
  expect_person(settings, "influxdb.token");
  settings.user = InfluxServer::kUser;
  settings.password = "other";
  expect_person(settings, "influxdb.password");
  settings.password = InfluxServer::kPassword;
  EXPECT_TRUE(check_influx(settings));
}

TEST_F(CheckInflux, NeedsNoRightToMakeADatabaseThatIsThere) {
  const InfluxServer server(InfluxServer::Version::one, InfluxServer::Authorisation::on);
  InfluxSettings owner = settings_for(server);
  owner.user = InfluxServer::kUser;
  owner.password = InfluxServer::kPassword;
  InfluxSettings worker = owner;
  worker.bucket = "granted";
  worker.user = "worker";
  worker.password = "worker-password";
  ask(owner, "CREATE USER worker WITH PASSWORD 'worker-password'");
  expect_person(worker, "influxdb.user");
  ask(owner, "CREATE DATABASE granted");
  ask(owner, "GRANT ALL ON granted TO worker");
  const auto checked = check_influx(worker);
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST_F(CheckInflux, WaitsForAServerThatIsNotThere) {
  InfluxSettings settings;
  settings.url = "http://127.0.0.1:1";
  const auto checked = check_influx(settings);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().remedy, Remedy::retry);
}

TEST_F(CheckInflux, KnowsWhatItCannotUse) {
  const auto said_of = [](const std::string& headers, const std::string& said) {
    const ScriptedServer server(ScriptedServer::answer("204 No Content", headers, ""));
    InfluxSettings settings;
    settings.url = server.url();
    expect_person(settings, said);
  };
  said_of("", "influxdb.url");
  said_of("X-Influxdb-Version: 3.0.1\r\n", "3.0.1");
  said_of("X-Influxdb-Version: v2.7.12\r\nX-Influxdb-Build: Cloud\r\n", "InfluxDB Cloud");
}

TEST_F(CheckInflux, BelievesWhatTwoSaysOfItsBuckets) {
  std::string status = "200 OK";
  std::string buckets;
  const ScriptedServer server([&](std::string_view head) {
    if (head.starts_with("GET /ping "))
      return ScriptedServer::answer("204 No Content", "X-Influxdb-Version: v2.7.12\r\n", "");
    if (!head.starts_with("GET /api/v2/buckets?name=b%20%26&org=o ") ||
        head.find("\r\nAuthorization: Token t\r\n") == std::string_view::npos)
      return ScriptedServer::answer("500 Error", "", "{}");
    return ScriptedServer::answer(status, "", buckets);
  });
  InfluxSettings settings;
  settings.url = server.url();
  settings.bucket = "b &";
  settings.org = "o";
  settings.token = "t";
  buckets = R"({"buckets":[{"name":"b &","retentionRules":[]}]})";
  const auto checked = check_influx(settings);
  EXPECT_TRUE(checked) << checked.error().message;
  buckets = R"({"buckets":[{"name":"b &","retentionRules":[{"type":"expire","everySeconds":60}]}]})";
  expect_person(settings, "after 60 s");
  buckets = R"({"buckets":[]})";
  expect_person(settings, "influxdb.bucket");
  status = "404 Not Found";
  expect_person(settings, "influxdb.org");
  status = "401 Unauthorized";
  expect_person(settings, "influxdb.token");
  status = "200 OK";
  buckets = "nonsense";
  EXPECT_EQ(check_influx(settings).error().remedy, Remedy::retry);
}

TEST_F(CheckInflux, AsksTwoForItsBucket) {
  if (InfluxServer::program(InfluxServer::Version::two).empty())
    GTEST_SKIP() << "TEST_INFLUXD2 names no influxd of 2.x";
  const InfluxServer server(InfluxServer::Version::two);
  InfluxSettings settings = settings_for(server);
  settings.token = InfluxServer::kToken;
  settings.org = InfluxServer::kOrg;
  expect_person(settings, "influxdb.bucket");
  settings.bucket = InfluxServer::kBucket;
  EXPECT_TRUE(check_influx(settings));
  settings.org = "nobody";
  expect_person(settings, "influxdb.org");
  settings.org = InfluxServer::kOrg;
  settings.token = "other";
  expect_person(settings, "influxdb.token");
}

}  // namespace
}  // namespace hourglass::adapters::influxdb
