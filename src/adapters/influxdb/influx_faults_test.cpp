#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/influxdb/influx_cold_reader.hpp"
#include "adapters/influxdb/influx_point_database.hpp"
#include "adapters/influxdb/testing/scripted_server.hpp"
#include "adapters/influxdb/testing/test_database.hpp"

namespace hourglass::adapters::influxdb {
namespace {

using cluster::Offset;
using cluster::Partition;
using cluster::Period;
using cluster::Remedy;
using cluster::UserId;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr Period kHour = cluster::hour_period(core::Hour{480'000});
constexpr auto kMargin = 5s;  // beside the time limit, for a slow machine

cluster::TotalsPoint totals_at(std::int64_t next) {
  return {kHour, Offset{next}, {1, 1, 0}};
}

cluster::StoreResult<void> write_totals(InfluxPointDatabase& database, std::int64_t next) {
  return database.write_totals(std::vector{totals_at(next)});
}

/// What a server that only says this makes of a write and of a query.
struct Faults {
  std::optional<cluster::StoreFault> write;
  std::optional<cluster::StoreFault> query;
  std::optional<cluster::StoreFault> look_up;
};

Faults faults_of(const ScriptedServer& server) {
  InfluxSettings settings;
  settings.url = server.url();
  settings.answer_timeout = 2s;
  InfluxPointDatabase database(settings, Partition{0});
  Faults faults;
  if (const auto written = write_totals(database, 1); !written)
    faults.write = written.error();
  if (const auto read = database.newest_totals(kHour); !read)
    faults.query = read.error();
  if (const auto known = database.known_users(kHour, Offset{1}, std::vector{UserId{1}, UserId{2}}); !known)
    faults.look_up = known.error();
  return faults;
}

/// Each test has a server of its own.
class InfluxFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    if (InfluxServer::program(InfluxServer::Version::one).empty())
      GTEST_SKIP() << "there is no influxd of 1.x";
  }

  static InfluxSettings made_on(const InfluxServer& server) {
    InfluxSettings settings = settings_for(server);
    const auto checked = check_influx(settings);
    EXPECT_TRUE(checked) << checked.error().message;
    return settings;
  }
};

TEST_F(InfluxFaults, WhatWasConfirmedIsThereAfterAKill) {
  InfluxServer server(InfluxServer::Version::one);
  const InfluxSettings settings = made_on(server);
  InfluxPointDatabase database(settings, Partition{0});
  InfluxColdReader reader(settings);
  std::int64_t next = 1;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(write_totals(database, ++next));
    server.kill();
    const auto dead = write_totals(database, next);
    ASSERT_FALSE(dead);
    EXPECT_EQ(dead.error().remedy, Remedy::retry);
    EXPECT_THAT(dead.error().message, HasSubstr(server.url()));
    EXPECT_FALSE(reader.progress());
    server.start_again();
    const auto read = database.newest_totals(kHour);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ((*read)->next, Offset{next});
    EXPECT_TRUE(reader.progress());
  }
}

TEST_F(InfluxFaults, AServerThatHangsIsGivenUpAndGoodAgainLater) {
  InfluxServer server(InfluxServer::Version::one);
  InfluxSettings settings = made_on(server);
  settings.answer_timeout = 2s;
  InfluxPointDatabase database(settings, Partition{0});
  ASSERT_TRUE(write_totals(database, 1));
  server.freeze();
  const auto begin = std::chrono::steady_clock::now();
  const auto written = write_totals(database, 2);
  const auto read = database.newest_progress();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2 * settings.answer_timeout + kMargin);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().remedy, Remedy::retry);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().remedy, Remedy::retry);
  server.thaw();
  EXPECT_TRUE(write_totals(database, 3));
  EXPECT_EQ((*database.newest_totals(kHour))->next, Offset{3});
}

TEST_F(InfluxFaults, ADatabaseThatIsMissingMayBeMade) {
  InfluxPointDatabase database(settings_for(shared_server()), Partition{0});
  const auto written = write_totals(database, 1);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().remedy, Remedy::retry);
  EXPECT_THAT(written.error().message, HasSubstr("database not found"));
  const auto read = database.newest_progress();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().remedy, Remedy::retry);
}

TEST_F(InfluxFaults, AFieldOfAnotherTypeIsForAPerson) {
  const InfluxSettings settings = made_on(shared_server());
  InfluxConnection foreign(settings);
  ASSERT_TRUE(foreign.write("totals,p=9 clicks=1.5 1728000000000000000\n"));
  InfluxPointDatabase database(settings, Partition{0});
  const auto written = write_totals(database, 1);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().remedy, Remedy::person);
  EXPECT_THAT(written.error().message, HasSubstr("field type conflict"));
}

TEST_F(InfluxFaults, ARowOfOthersIsAFaultAndNoNumber) {
  const InfluxSettings settings = made_on(shared_server());
  InfluxConnection foreign(settings);
  InfluxPointDatabase database(settings, Partition{0});
  InfluxColdReader reader(settings);
  ASSERT_TRUE(write_totals(database, 1));
  ASSERT_TRUE(foreign.write("totals,p=0 next=5i 1728000000000000005\n"));
  EXPECT_FALSE(database.newest_totals(kHour)) << "a row with columns missing";
  EXPECT_FALSE(reader.totals(kHour));
  ASSERT_TRUE(foreign.write("totals,p=0 next=5i,clicks=5i,impressions=0i,uniques=5i 1728000000000000005\n"));
  EXPECT_TRUE(reader.totals(kHour));
  ASSERT_TRUE(foreign.write("totals,p=4 next=5i,clicks=5i,impressions=0i,uniques=5i 1728000000000000005\n"));
  EXPECT_FALSE(reader.totals(kHour)) << "a partition that there is not";
}

/// Taking it for nobody would count the user again.
TEST_F(InfluxFaults, AUserOfOthersIsAFaultAndNotAbsent) {
  const InfluxSettings settings = made_on(shared_server());
  InfluxConnection foreign(settings);
  InfluxPointDatabase database(settings, Partition{0});
  const auto known = [&] {
    return database.known_users(kHour, Offset{9}, std::vector{UserId{0}, UserId{256}, UserId{512}});
  };
  ASSERT_TRUE(foreign.write("users,p=0,b=0 user=256i,off=5i 1728000000000000001\n"));
  ASSERT_TRUE(known());
  EXPECT_EQ(*known(), std::vector{UserId{256}});
  ASSERT_TRUE(foreign.write("users,p=0,b=0 user=512i 1728000000000000002\n"));
  EXPECT_FALSE(known()) << "without an offset";
  ASSERT_TRUE(foreign.write("users,p=0,b=0 user=511i,off=5i 1728000000000000002\n"));
  EXPECT_FALSE(known()) << "another user in its place";
}

TEST_F(InfluxFaults, AnotherClustersProgressIsForAPerson) {
  const InfluxSettings settings = made_on(shared_server());
  InfluxSettings others = settings;
  others.fingerprint = "fingerprint-2";
  InfluxPointDatabase database(others, Partition{1});
  ASSERT_TRUE(database.write_progress({{Offset{5}, {}, std::nullopt}, "boots"}));
  const auto read = InfluxPointDatabase(settings, Partition{1}).newest_progress();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().remedy, Remedy::person);
  EXPECT_THAT(read.error().message, HasSubstr("influxdb.bucket"));
  EXPECT_THAT(read.error().message, HasSubstr("fingerprint-2"));
  const auto progress = InfluxColdReader(settings).progress();
  ASSERT_FALSE(progress);
  EXPECT_EQ(progress.error().remedy, Remedy::person);
}

TEST_F(InfluxFaults, WrongCredentialsMayBeMadeRight) {
  InfluxServer server(InfluxServer::Version::one, InfluxServer::Authorisation::on);
  InfluxSettings settings = settings_for(server);
  settings.user = InfluxServer::kUser;
  settings.password = InfluxServer::kPassword;
  ASSERT_TRUE(check_influx(settings));
  InfluxPointDatabase right(settings, Partition{0});
  ASSERT_TRUE(write_totals(right, 1));
  ASSERT_TRUE(right.newest_progress());
  settings.password = "other";
  InfluxPointDatabase wrong(settings, Partition{0});
  const auto written = write_totals(wrong, 1);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().remedy, Remedy::retry);
  EXPECT_THAT(written.error().message, HasSubstr("401"));
  EXPECT_FALSE(wrong.newest_progress());
}

TEST(InfluxAnswers, EndlessOnesAreGivenUp) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
  const auto begin = std::chrono::steady_clock::now();
  const auto faults =
      faults_of(ScriptedServer(head + R"({"results":[{"series":[{"values":[)",
                               ScriptedServer::Ending::repeat_for_ever, std::string(4'000, '[')));
  ASSERT_TRUE(faults.write && faults.query);
  EXPECT_EQ(faults.write->remedy, Remedy::retry);
  EXPECT_EQ(faults.query->remedy, Remedy::retry);
  const auto headers = faults_of(
      ScriptedServer("HTTP/1.1 200 OK\r\n", ScriptedServer::Ending::repeat_for_ever, "X-Header: value\r\n"));
  ASSERT_TRUE(headers.write && headers.query);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 12s + kMargin);
}

TEST(InfluxAnswers, NonsenseIsTriedAgain) {
  for (const std::string& answer :
       {std::string("nonsense\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"resu"),
        ScriptedServer::answer("200 OK", "", "<html>Welcome</html>"),
        ScriptedServer::answer("200 OK", "", ""), ScriptedServer::answer("200 OK", "", "{\"results\":["),
        ScriptedServer::answer("200 OK", "", R"({"results":[{"statement_id":1}]})"),
        ScriptedServer::answer("302 Found", "Location: http://127.0.0.1:1/\r\n", ""), std::string()}) {
    const auto faults = faults_of(ScriptedServer(answer));
    ASSERT_TRUE(faults.write && faults.query && faults.look_up) << answer;
    EXPECT_EQ(faults.look_up->remedy, Remedy::retry) << answer;
    EXPECT_EQ(faults.write->remedy, Remedy::retry) << answer;
    EXPECT_EQ(faults.query->remedy, Remedy::retry) << answer;
  }
}

TEST(InfluxAnswers, AStatusSaysWhetherToTryAgain) {
  const auto remedy = [](const std::string& status) {
    const auto faults =
        faults_of(ScriptedServer(ScriptedServer::answer(status, "", R"({"error":"because"})")));
    EXPECT_THAT(faults.write->message, HasSubstr("because"));
    EXPECT_EQ(faults.write->remedy, faults.query->remedy);
    return faults.write->remedy;
  };
  for (const char* status : {"401 A", "403 A", "404 A", "408 A", "429 A", "500 A", "502 A", "503 A", "504 A"})
    EXPECT_EQ(remedy(status), Remedy::retry) << status;
  for (const char* status : {"400 A", "405 A", "411 A", "413 A", "415 A", "422 A"})
    EXPECT_EQ(remedy(status), Remedy::person) << status;
}

TEST(InfluxAnswers, FaultsDoNotShowPasswords) {
  InfluxSettings settings;
  settings.url = "http://someone:secret@127.0.0.1:1/";
  const auto read = InfluxPointDatabase(settings, Partition{0}).newest_progress();
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("http://127.0.0.1:1 "));
  EXPECT_THAT(read.error().message, ::testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace hourglass::adapters::influxdb
