#include "daemon/settings.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "daemon/settings_text.hpp"

namespace hourglass::daemon {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Settings settings_of(const SettingsInput& input) {
  const auto resolved = resolve_settings(settings_table(), input);
  EXPECT_TRUE(resolved) << resolved.error();
  return typed_settings(*resolved);
}

TEST(Settings, HaveTheDefaultsOfTheContract) {
  const Settings settings = settings_of({});
  EXPECT_EQ(settings.http.address, "127.0.0.1");
  EXPECT_EQ(settings.http.port, 8080);
  EXPECT_EQ(settings.http.threads, std::max(1U, std::thread::hardware_concurrency()));
  EXPECT_EQ(settings.http.max_connections, 10'000U);
  EXPECT_EQ(settings.http.header_timeout, seconds{10});
  EXPECT_EQ(settings.http.idle_timeout, seconds{75});
  EXPECT_EQ(settings.http.drain_timeout, seconds{5});
  EXPECT_EQ(settings.http.max_header_bytes, 16U << 10);
  EXPECT_EQ(settings.http.max_target_bytes, 8U << 10);
  EXPECT_EQ(settings.http.max_body_bytes, 16U << 20);
  EXPECT_EQ(settings.http.max_batch_memory, 256U << 20);
  EXPECT_EQ(settings.http.event_limits.max_past, std::nullopt);
  EXPECT_EQ(settings.http.event_limits.max_future, std::nullopt);
  EXPECT_EQ(settings.engine.data_directory, "./hourglass-data");
  EXPECT_EQ(settings.engine.idempotency_window, hours{24});
  EXPECT_EQ(settings.log.level, ports::LogLevel::info);
  EXPECT_EQ(settings.log.format, LogFormat::text);
}

TEST(Settings, EachReachesThePartThatItIsFor) {
  const Settings settings = settings_of({.file = {},
                                         .environment = {},
                                         .flags = {{"http.address", "::1"},
                                                   {"http.port", "65535"},
                                                   {"http.threads", "3"},
                                                   {"http.max_connections", "4"},
                                                   {"http.header_timeout", "5s"},
                                                   {"http.idle_timeout", "6s"},
                                                   {"http.drain_timeout", "7ms"},
                                                   {"http.max_header_size", "8KiB"},
                                                   {"http.max_target_size", "9KiB"},
                                                   {"http.max_body_size", "64MiB"},
                                                   {"http.max_batch_memory", "65MiB"},
                                                   {"data.dir", "/elsewhere"},
                                                   {"backend", "embedded"},
                                                   {"roles", "api,hot,cold"},
                                                   {"uniques", "exact"},
                                                   {"idempotency.window", "11m"},
                                                   {"events.max_past", "12h"},
                                                   {"events.max_future", "13d"},
                                                   {"log.level", "warning"},
                                                   {"log.format", "json"}}});
  EXPECT_EQ(settings.http.address, "::1");
  EXPECT_EQ(settings.http.port, 65'535);
  EXPECT_EQ(settings.http.threads, 3U);
  EXPECT_EQ(settings.http.max_connections, 4U);
  EXPECT_EQ(settings.http.header_timeout, seconds{5});
  EXPECT_EQ(settings.http.idle_timeout, seconds{6});
  EXPECT_EQ(settings.http.drain_timeout, milliseconds{7});
  EXPECT_EQ(settings.http.max_header_bytes, 8U << 10);
  EXPECT_EQ(settings.http.max_target_bytes, 9U << 10);
  EXPECT_EQ(settings.http.max_body_bytes, 64U << 20);
  EXPECT_EQ(settings.http.max_batch_memory, 65U << 20);
  EXPECT_EQ(settings.engine.data_directory, "/elsewhere");
  EXPECT_EQ(settings.engine.idempotency_window, std::chrono::minutes{11});
  EXPECT_EQ(settings.http.event_limits.max_past, hours{12});
  EXPECT_EQ(settings.http.event_limits.max_future, hours{13 * 24});
  EXPECT_EQ(settings.log.level, ports::LogLevel::warning);
  EXPECT_EQ(settings.log.format, LogFormat::json);
}

TEST(Settings, EveryLevelOfTheLogCanBeChosen) {
  const auto level = [](const std::string& name) {
    return settings_of({.file = {}, .environment = {}, .flags = {{"log.level", name}}}).log.level;
  };
  EXPECT_EQ(level("debug"), ports::LogLevel::debug);
  EXPECT_EQ(level("info"), ports::LogLevel::info);
  EXPECT_EQ(level("error"), ports::LogLevel::error);
}

TEST(Settings, WhatIsAbsentIsKnown) {
  const auto failure = [](const std::string& name, const std::string& value) {
    return resolve_settings(settings_table(), {.file = {}, .environment = {}, .flags = {{name, value}}})
        .error();
  };
  EXPECT_EQ(failure("uniques", "hll"),
            "uniques (flag --uniques) is hll, which this build does not contain; it must be exact");
  for (const char* roles : {"", "api,", "api,api", "api hot", "warm"})
    EXPECT_EQ(failure("roles", roles),
              "roles (flag --roles) must be one or more of api, hot, cold, separated by commas");
}

TEST(Settings, RolesMayBeSome) {
  const auto settings = [](const std::string& roles) {
    return typed_settings(*resolve_settings(
        settings_table(),
        {.file = {}, .environment = {}, .flags = {{"roles", roles}, {"backend", "cluster"}}}));
  };
  EXPECT_TRUE(settings("cold,api").cluster.api);
  EXPECT_FALSE(settings("cold,api").cluster.hot);
  EXPECT_TRUE(settings("cold,api").cluster.cold);
  EXPECT_TRUE(settings("api").http.serves_api);
  EXPECT_FALSE(settings("hot,cold").http.serves_api);
}

TEST(Settings, AClusterTakesEventsOfTheNextTwoDays) {
  const auto max_future = [](std::vector<std::pair<std::string, std::string>> flags) {
    return typed_settings(*resolve_settings(settings_table(),
                                            {.file = {}, .environment = {}, .flags = std::move(flags)}))
        .http.event_limits.max_future;
  };
  EXPECT_EQ(max_future({}), std::nullopt);
  EXPECT_EQ(max_future({{"backend", "cluster"}}), std::chrono::hours{48});
  EXPECT_EQ(max_future({{"backend", "cluster"}, {"events.max_future", "forever"}}), std::nullopt);
  EXPECT_EQ(max_future({{"backend", "cluster"}, {"events.max_future", "1h"}}), std::chrono::hours{1});
}

TEST(Settings, TheTableIsWhole) {
  std::set<std::string> spelled;
  for (const Setting& setting : settings_table()) {
    EXPECT_NE(setting.apply, nullptr) << setting.name;
    EXPECT_TRUE(setting.help.ends_with('.')) << setting.name;
    EXPECT_TRUE(spelled.insert(environment_name(setting.name)).second) << setting.name;
    EXPECT_TRUE(spelled.insert(flag_name(setting.name)).second) << setting.name;
  }
}

TEST(Settings, TheirPageIsNotStale) {
  std::ifstream page(HOURGLASS_SOURCE_DIRECTORY "/docs/operating/settings.md");
  const std::string text{std::istreambuf_iterator<char>(page), std::istreambuf_iterator<char>()};
  EXPECT_TRUE(text == settings_page(settings_table()))
      << "mend it with: build/release/settings_page > docs/operating/settings.md";
}

}  // namespace
}  // namespace hourglass::daemon
