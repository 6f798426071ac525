#include <gtest/gtest.h>

#include "http/testing/requests.hpp"
#include "http/testing/session_driver.hpp"

namespace hourglass::http {
namespace {

using base::ErrorCode;
using Wants = Session::Wants;

constexpr std::uint64_t kNow = 1'700'000'000'000;
constexpr std::uint64_t kHour = core::kMillisecondsPerHour;

core::Event make_event(const std::string& user, std::uint64_t timestamp, core::Kind kind) {
  return {core::Timestamp{timestamp}, *core::User::from_bytes(user), kind, std::nullopt};
}

std::string get(const std::string& query = "", const std::string& headers = "",
                const std::string& host = "localhost", const std::string& version = "1.1") {
  return "GET /analytics/events" + query + " HTTP/" + version + "\r\nHost: " + host + "\r\n" + headers +
         "\r\n";
}

/// What stands behind the head.
std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

void fill(SessionDriver& driver) {
  driver.store.record({make_event("ann", kNow, core::Kind::click), make_event("bob", kNow, core::Kind::click),
                       make_event("cid", kNow + kHour, core::Kind::impression)});
}

const std::string kAnn =
    "{\"timestamp\":1700000000000,\"user\":\"ann\",\"event\":\"click\",\"id\":\"memory-1\"}\n";
const std::string kBob =
    "{\"timestamp\":1700000000000,\"user\":\"bob\",\"event\":\"click\",\"id\":\"memory-2\"}\n";
const std::string kCid =
    "{\"timestamp\":1700003600000,\"user\":\"cid\",\"event\":\"impression\",\"id\":\"memory-3\"}\n";

TEST(SessionExport, GivesChunksAndATrailer) {
  SessionDriver driver;
  fill(driver);
  driver.store.cut_exports_into(2);
  driver.arrive(get());
  EXPECT_TRUE(driver.output.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << driver.output;
  EXPECT_NE(driver.output.find("\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n"
                               "Trailer: Hourglass-Incomplete-Hours\r\n\r\n"),
            std::string::npos);
  EXPECT_EQ(driver.output.find("Content-Length"), std::string::npos);
  EXPECT_EQ(body_of(driver.output),
            "92\r\n" + kAnn + kBob + "\r\n4e\r\n" + kCid + "\r\n0\r\nHourglass-Incomplete-Hours: 0\r\n\r\n");
  EXPECT_EQ(driver.session.wants(), Wants::read);
}

TEST(SessionExport, NamesIncompleteHours) {
  SessionDriver driver;
  fill(driver);
  driver.store.forget_events_of(core::hour_of(core::Timestamp{kNow}));
  driver.arrive(get());
  EXPECT_TRUE(
      driver.output.ends_with(kCid + "\r\n0\r\nHourglass-Incomplete-Hours: 1; 2023-11-14T22:00Z\r\n\r\n"))
      << driver.output;
}

TEST(SessionExport, GivesTheHoursThatAreAskedFor) {
  SessionDriver driver;
  fill(driver);
  driver.arrive(get("?from=1700003600000&to=1700003600001"));
  EXPECT_TRUE(body_of(driver.output).starts_with("4e\r\n" + kCid)) << driver.output;
}

TEST(SessionExport, RefusesWhatMakesNoSense) {
  for (const auto& [query, code] :
       std::vector<std::pair<std::string, std::string>>{{"?from=", "invalid_timestamp"},
                                                        {"?to=1.5", "invalid_timestamp"},
                                                        {"?from=1&from=1", "duplicate_parameter"},
                                                        {"?from=5&to=9&to=9", "duplicate_parameter"},
                                                        {"?to=253402300800000", "timestamp_out_of_range"},
                                                        {"?from=5&to=5", "invalid_parameter"},
                                                        {"?to=0", "invalid_parameter"}}) {
    SessionDriver driver;
    driver.arrive(get(query));
    EXPECT_TRUE(driver.output.starts_with("HTTP/1.1 400")) << query << driver.output;
    EXPECT_NE(driver.output.find("\"code\":\"" + code + "\""), std::string::npos) << query << driver.output;
    EXPECT_EQ(driver.session.wants(), Wants::read);
  }
}

TEST(SessionExport, IsForThisMachineOnly) {
  const std::vector<std::string> forbidden = {
      get("", "", "example.com"),
      get("", "", "localhost.example.com"),
      get("", "", "128.0.0.1"),
      get("", "", "127.0.0.1.example.com"),
      get("", "", "[::2]:8080"),
      get("", "", "nolocalhost"),
      get("", "", ""),
      get("", "Via: 1.1 x\r\n"),
      get("", "X-Forwarded-For: ::1\r\n"),
      get("", "x-forwarded-host: localhost\r\n"),
      get("", "Forwarded: for=127.0.0.1\r\n"),
      get("", "X-Real-IP: 127.0.0.1\r\n"),
      get("", "X-Client-IP: ::1\r\n"),
      get("", "True-Client-IP: ::1\r\n"),
      get("", "CF-Connecting-IP: ::1\r\n"),
      get("", "X-Envoy-External-Address: ::1\r\n"),
      get("", "origin: http://localhost\r\n"),
      get("", "Sec-Fetch-Site: same-origin\r\n"),
      get("", "", "localhost", "1.0"),
      "GET http://localhost/analytics/events HTTP/1.1\r\nHost: localhost\r\n\r\n"};
  for (const std::string& request : forbidden) {
    SessionDriver driver;
    fill(driver);
    driver.arrive(request);
    EXPECT_TRUE(driver.output.starts_with("HTTP/1.1 403 Forbidden")) << request << driver.output;
    EXPECT_NE(driver.output.find("\"code\":\"forbidden\""), std::string::npos);
  }
  for (const std::string host : {"localhost:8080", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1:1",
                                 "127.255.0.3", "[::1]", "[::1]:8080"}) {
    SessionDriver driver;
    driver.arrive(get("", "", host));
    EXPECT_TRUE(driver.output.starts_with("HTTP/1.1 200")) << host << driver.output;
  }
  SessionDriver remote({}, Peer::remote);
  remote.arrive(get() + kRead);
  EXPECT_EQ(statuses(remote.output), (std::vector<std::string>{"403", "200"}));
}

TEST(SessionExport, WhatHasNoEventsToGiveSaysWhereTheyAre) {
  for (const Peer peer : {Peer::local, Peer::remote}) {
    SessionDriver driver({}, peer);
    driver.services.exporter = nullptr;
    driver.arrive(get("?from=x") + "HEAD /analytics/events HTTP/1.1\r\nHost: localhost\r\n\r\n" +
                  request("POST", "/analytics/events"));
    EXPECT_EQ(statuses(driver.output), (std::vector<std::string>{"404", "404", "405"}));
    EXPECT_NE(driver.output.find("\"code\":\"not_found\",\"detail\":\"a cluster does not export its events: "
                                 "they are in its Kafka topic\""),
              std::string::npos)
        << driver.output;
    EXPECT_EQ(driver.session.wants(), Wants::read);
  }
}

TEST(SessionExport, HeadHasNoBody) {
  SessionDriver driver;
  fill(driver);
  driver.arrive("HEAD /analytics/events HTTP/1.1\r\nHost: localhost\r\n\r\n" + kRead);
  EXPECT_EQ(statuses(driver.output), (std::vector<std::string>{"200", "200"}));
  EXPECT_EQ(driver.output.find("ann"), std::string::npos);
}

TEST(SessionExport, ContainsTheEventsBeforeItAndLetsThoseBehindItWait) {
  SessionDriver driver;
  driver.arrive(click("ann") + get() + click("bob") + kRead);
  EXPECT_EQ(statuses(driver.output), (std::vector<std::string>{"204", "200", "204", "200"}));
  EXPECT_NE(driver.output.find("\"ann\""), std::string::npos);
  EXPECT_EQ(driver.output.find("\"bob\""), std::string::npos);
}

TEST(SessionExport, ClosesBehindTheEndWhereTheClientAskedForThat) {
  SessionDriver driver;
  fill(driver);
  driver.arrive(get("", "Connection: close\r\n"));
  EXPECT_TRUE(driver.output.ends_with("Hourglass-Incomplete-Hours: 0\r\n\r\n"));
  EXPECT_EQ(driver.session.wants(), Wants::close);
}

TEST(SessionExport, AFailureAtTheBeginningIsAnAnswer) {
  SessionDriver driver;
  driver.store.fail_exports_after(0, {ErrorCode::hour_damaged, "/data/\"x\" is damaged"});
  driver.arrive(get() + kRead);
  EXPECT_EQ(statuses(driver.output), (std::vector<std::string>{"503", "200"}));
  EXPECT_NE(driver.output.find("hour_damaged"), std::string::npos);
  EXPECT_EQ(driver.output.find("/data"), std::string::npos);
}

TEST(SessionExport, AFailureInTheMiddleClosesWithoutTheLastChunk) {
  SessionDriver driver;
  fill(driver);
  driver.store.cut_exports_into(1);
  driver.store.fail_exports_after(2, {ErrorCode::hour_damaged, "a file is damaged"});
  driver.arrive(get() + kRead);
  EXPECT_EQ(statuses(driver.output), (std::vector<std::string>{"200"}));
  EXPECT_TRUE(driver.output.ends_with(kBob + "\r\n")) << driver.output;
  EXPECT_EQ(driver.session.wants(), Wants::close);
}

}  // namespace
}  // namespace hourglass::http
