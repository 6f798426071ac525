#include "daemon/settings.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "cluster/log/record.hpp"

namespace hourglass::daemon {
namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kHour = 3'600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kTenThousandYears = 3'652'500 * kDay;

std::chrono::milliseconds milliseconds(const SettingValue& value) {
  return std::chrono::milliseconds{value.number()};
}

std::optional<std::chrono::milliseconds> unless_forever(const SettingValue& value) {
  return value.is_word() ? std::nullopt : std::optional(milliseconds(value));
}

std::size_t count(const SettingValue& value) {
  return static_cast<std::size_t>(value.number());
}

std::size_t threads(const SettingValue& value) {
  return value.is_word() ? std::max(1U, std::thread::hardware_concurrency()) : count(value);
}

std::uint64_t memory(const SettingValue& value) {
  if (!value.is_word())
    return count(value);
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_size = ::sysconf(_SC_PAGESIZE);
  constexpr std::uint64_t kIfUnknown = 4ULL << 30;
  const std::uint64_t machine =
      pages > 0 && page_size > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_size)
                                 : kIfUnknown;
  return machine / 4;
}

ports::LogLevel log_level(const SettingValue& value) {
  if (value.text() == "debug")
    return ports::LogLevel::debug;
  if (value.text() == "warning")
    return ports::LogLevel::warning;
  return value.text() == "error" ? ports::LogLevel::error : ports::LogLevel::info;
}

using Type = SettingType;
using Value = SettingValue;

constexpr std::array kHttpSettings{
    Setting{.name = "http.address",
            .type = Type::address,
            .default_text = "127.0.0.1",
            .help = "Address to listen on, IPv4 or IPv6.",
            .apply = [](Settings& s, const Value& v) { s.http.address = v.text(); }},
    Setting{
        .name = "http.port",
        .type = Type::count,
        .default_text = "8080",
        .minimum = 0,
        .maximum = 65535,
        .help = "Port to listen on; 0 picks a free one, which the log names.",
        .apply = [](Settings& s, const Value& v) { s.http.port = static_cast<std::uint16_t>(v.number()); }},
    Setting{.name = "http.threads",
            .type = Type::count,
            .default_text = "cores",
            .minimum = 1,
            .maximum = 1024,
            .word = "cores",
            .help = "Threads that serve connections.",
            .apply = [](Settings& s, const Value& v) { s.http.threads = threads(v); }},
    Setting{.name = "http.max_connections",
            .type = Type::count,
            .default_text = "10000",
            .minimum = 1,
            .maximum = 1'000'000,
            .help = "Connections at a time; fewer when file descriptors are fewer.",
            .apply = [](Settings& s, const Value& v) { s.http.max_connections = count(v); }},
    Setting{.name = "http.header_timeout",
            .type = Type::duration,
            .default_text = "10s",
            .minimum = 10,
            .maximum = kHour,
            .help = "How long a request may take from its first byte to the end of its headers.",
            .apply = [](Settings& s, const Value& v) { s.http.header_timeout = milliseconds(v); }},
    Setting{.name = "http.idle_timeout",
            .type = Type::duration,
            .default_text = "75s",
            .minimum = 10,
            .maximum = kDay,
            .help = "How long a connection may stand still, which includes a client that reads nothing.",
            .apply = [](Settings& s, const Value& v) { s.http.idle_timeout = milliseconds(v); }},
    Setting{.name = "http.drain_timeout",
            .type = Type::duration,
            .default_text = "5s",
            .minimum = 0,
            .maximum = kHour,
            .help = "How long clients are waited for at the end, to complete requests and to read.",
            .apply = [](Settings& s, const Value& v) { s.http.drain_timeout = milliseconds(v); }},
    Setting{.name = "http.max_header_size",
            .type = Type::size,
            .default_text = "16KiB",
            .minimum = kKiB,
            .maximum = kMiB,
            .help = "Largest header section of a request.",
            .apply = [](Settings& s, const Value& v) { s.http.max_header_bytes = count(v); }},
    Setting{.name = "http.max_target_size",
            .type = Type::size,
            .default_text = "8KiB",
            .minimum = 128,
            .maximum = kMiB,
            .help = "Longest request target.",
            .apply = [](Settings& s, const Value& v) { s.http.max_target_bytes = count(v); }},
    Setting{.name = "http.max_body_size",
            .type = Type::size,
            .default_text = "16MiB",
            .minimum = kKiB,
            .maximum = 64 * kMiB,
            .help = "Largest body of a request, counted after decompression.",
            .apply = [](Settings& s, const Value& v) { s.http.max_body_bytes = count(v); }},
    Setting{.name = "http.max_batch_memory",
            .type = Type::size,
            .default_text = "256MiB",
            .minimum = kMiB,
            .maximum = 1024 * 1024 * kMiB,
            .help = "Memory of all batches that are being received; beyond it they are refused with 503.",
            .apply = [](Settings& s, const Value& v) { s.http.max_batch_memory = count(v); }},
};

constexpr std::array kOtherSettings{
    Setting{.name = "data.dir",
            .type = Type::text,
            .default_text = "./hourglass-data",
            .help = "Directory of the store; made when it is missing.",
            .apply = [](Settings& s, const Value& v) { s.engine.data_directory = v.text(); }},
    Setting{
        .name = "backend",
        .type = Type::choice,
        .default_text = "embedded",
        .choices = "embedded|cluster",
        .help =
            "Where events are kept: embedded is the data directory, cluster is Kafka, Redis and InfluxDB.",
        .apply = [](Settings& s, const Value& v) { s.cluster.enabled = v.text() == "cluster"; }},
    Setting{.name = "roles",
            .type = Type::choices,
            .default_text = "api,hot,cold",
            .choices = "api|hot|cold",
            .help =
                "The parts of a cluster that this process runs: api takes events and answers reads, hot and "
                "cold keep the stores up to date. On one machine it runs all.",
            .apply =
                [](Settings& s, const Value& v) {
                  s.cluster.api = v.text().find("api") != std::string::npos;
                  s.cluster.hot = v.text().find("hot") != std::string::npos;
                  s.cluster.cold = v.text().find("cold") != std::string::npos;
                }},
    Setting{.name = "uniques",
            .type = Type::choice,
            .default_text = "exact",
            .choices = "exact",
            .absent = "hll",
            .help = "How unique users are counted.",
            .apply = [](Settings&, const Value&) {}},
    Setting{.name = "idempotency.window",
            .type = Type::duration,
            .default_text = "24h",
            .minimum = 1,
            .maximum = 365 * kDay,
            .help = "How long a key is remembered after it last occurred.",
            .apply =
                [](Settings& s, const Value& v) {
                  s.engine.idempotency_window = milliseconds(v);
                  s.cluster.idempotency_window = milliseconds(v);
                  s.http.idempotency_window = milliseconds(v);
                }},
    Setting{.name = "data.memory",
            .type = Type::size,
            .default_text = "quarter",
            .minimum = kMiB,
            .maximum = 1024 * 1024 * kMiB,
            .word = "quarter",
            .help =
                "Memory for hours and their users, about; by default a quarter of the machine's. What does "
                "not fit is looked up on disk.",
            .apply =
                [](Settings& s, const Value& v) {
                  s.engine.memory_bytes = memory(v);
                  s.cluster.memory_bytes = memory(v);
                }},
    Setting{.name = "data.seal_after",
            .type = Type::duration,
            .default_text = "10m",
            .minimum = 100,
            .maximum = 365 * kDay,
            .help = "How long after its end, and after the last event for it, an hour is kept in memory.",
            .apply = [](Settings& s, const Value& v) { s.engine.seal_after = milliseconds(v); }},
    Setting{.name = "data.replay_limit",
            .type = Type::size,
            .default_text = "128MiB",
            .minimum = 256 * kKiB,
            .maximum = 1024 * 1024 * kMiB,
            .help = "How much of the log a restart reads, about: less makes it quicker, and the disk busier.",
            .apply = [](Settings& s, const Value& v) { s.engine.replay_bytes = count(v); }},
    Setting{.name = "retention.events",
            .type = Type::duration,
            .default_text = "30d",
            .minimum = kHour,
            .maximum = kTenThousandYears,
            .word = "forever",
            .help = "How long the events themselves are kept after their acceptance, for export; totals and "
                    "users stay.",
            .apply = [](Settings& s, const Value& v) { s.engine.events_age = unless_forever(v); }},
    Setting{.name = "retention.events_bytes",
            .type = Type::size,
            .default_text = "none",
            .minimum = kKiB,
            .maximum = 1024 * 1024 * 1024 * kMiB,
            .word = "none",
            .help =
                "How many bytes kept events may take on disk; the oldest go first. The log, of which they "
                "are made, is not counted.",
            .apply =
                [](Settings& s, const Value& v) {
                  s.engine.events_bytes =
                      v.is_word() ? std::nullopt : std::optional(static_cast<std::uint64_t>(v.number()));
                }},
    Setting{.name = "retention.users",
            .type = Type::duration,
            .default_text = "forever",
            .minimum = kHour,
            .maximum = kTenThousandYears,
            .word = "forever",
            .help =
                "How long after its end an hour keeps its users; after that it is frozen: its totals stay, "
                "and nothing can be added.",
            .apply = [](Settings& s, const Value& v) { s.engine.users_age = unless_forever(v); }},
    Setting{.name = "events.max_past",
            .type = Type::duration,
            .default_text = "forever",
            .minimum = 0,
            .maximum = kTenThousandYears,
            .word = "forever",
            .help = "How far in the past the timestamp of an event may lie.",
            .apply = [](Settings& s, const Value& v) { s.http.event_limits.max_past = unless_forever(v); }},
    Setting{.name = "events.max_future",
            .type = Type::duration,
            .default_text = "forever",
            .minimum = 0,
            .maximum = kTenThousandYears,
            .word = "forever",
            .help = "How far in the future the timestamp of an event may lie; in a cluster 48h by default.",
            .apply = [](Settings& s, const Value& v) { s.http.event_limits.max_future = unless_forever(v); }},
    Setting{.name = "log.level",
            .type = Type::choice,
            .default_text = "info",
            .choices = "debug|info|warning|error",
            .help = "The least important lines that are written.",
            .apply = [](Settings& s, const Value& v) { s.log.level = log_level(v); }},
    Setting{.name = "log.format",
            .type = Type::choice,
            .default_text = "text",
            .choices = "text|json",
            .help = "How a line is written.",
            .apply =
                [](Settings& s, const Value& v) {
                  s.log.format = v.text() == "json" ? LogFormat::json : LogFormat::text;
                }},
};

std::vector<Setting> make_table() {
  std::vector<Setting> table(kHttpSettings.begin(), kHttpSettings.end());
  table.insert(table.end(), kOtherSettings.begin(), kOtherSettings.end());
  const std::span<const Setting> cluster = cluster_settings_table();
  table.insert(table.end(), cluster.begin(), cluster.end());
  return table;
}

/// What a cluster sets otherwise than one machine, where nobody has said anything.
void apply_cluster_defaults(Settings& settings, const ResolvedSettings& resolved) {
  constexpr std::chrono::hours kMaxFuture{48};  // hours in the future stay in memory until they have passed
  for (const ResolvedSetting& setting : resolved.settings) {
    if (setting.setting->name == "events.max_future" && setting.source == kDefaultSource)
      settings.http.event_limits.max_future = kMaxFuture;
  }
  settings.http.event_limits.last =
      core::Timestamp{core::begin_of(core::Hour{cluster::kLastHour.value() + 1}).value() - 1};
  settings.http.serves_api = settings.cluster.api;
}

}  // namespace

std::span<const Setting> settings_table() {
  static const std::vector<Setting> table = make_table();
  return table;
}

Settings typed_settings(const ResolvedSettings& resolved) {
  Settings settings;
  for (const ResolvedSetting& setting : resolved.settings)
    setting.setting->apply(settings, setting.value);
  if (settings.cluster.enabled)
    apply_cluster_defaults(settings, resolved);
  return settings;
}

}  // namespace hourglass::daemon
