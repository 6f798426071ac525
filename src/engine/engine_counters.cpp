#include "engine/engine_counters.hpp"

namespace hourglass::engine {
namespace {

double number(const std::atomic<std::uint64_t>& value) {
  return static_cast<double>(value.load(std::memory_order_relaxed));
}

ports::MetricFamily single(const char* name, const char* help, ports::MetricType type, double value) {
  return {name, help, type, {{{}, value}}};
}

}  // namespace

std::vector<ports::MetricFamily> EngineCounters::metrics(std::uint64_t queued_events) const {
  using Type = ports::MetricType;
  return {
      {"hourglass_events_total",
       "Events counted since the process began, by kind.",
       Type::counter,
       {{{{"kind", "click"}}, number(clicks)}, {{{"kind", "impression"}}, number(impressions)}}},
      single("hourglass_duplicate_events_total",
             "Events not counted because their key occurred within the window.", Type::counter,
             number(duplicates)),
      {"hourglass_commit_duration_seconds",
       "From taking events off the queue until they are durable and visible.",
       Type::histogram,
       {{{}, commit_seconds.snapshot()}}},
      single("hourglass_failed_commits_total", "Commits whose write or sync failed.", Type::counter,
             number(failed_commits)),
      single("hourglass_queue_events", "Events that wait for a commit.", Type::gauge,
             static_cast<double>(queued_events)),
      single("hourglass_memory_hours", "Hours whose users are in memory.", Type::gauge,
             number(hours_in_memory)),
      single("hourglass_memory_users", "Users in memory, summed over hours.", Type::gauge,
             number(users_in_memory)),
      single("hourglass_memory_keys", "Idempotency keys in memory.", Type::gauge, number(keys_in_memory)),
      single("hourglass_memory_hours_bytes", "About how much memory hours and their users take.", Type::gauge,
             number(hour_memory_bytes)),
      {"hourglass_disk_bytes",
       "Bytes that the store takes on disk, by folder.",
       Type::gauge,
       {{{{"folder", "log"}}, number(log_bytes)},
        {{{"folder", "keys"}}, number(key_bytes)},
        {{{"folder", "hours"}}, number(hour_bytes)},
        {{{"folder", "events"}}, number(event_bytes)}}},
      single("hourglass_disk_full_seconds",
             "Seconds until the disk is full if the store grows as it did during the last day; +Inf if it "
             "does not.",
             Type::gauge, seconds_until_full.load(std::memory_order_relaxed)),
      single("hourglass_scrub_bytes_total", "Bytes read again to find damage, about.", Type::counter,
             number(scrubbed_bytes)),
      single("hourglass_scrub_damages_total", "Damaged places found by reading again; the log names them.",
             Type::counter, number(damages_found)),
  };
}

}  // namespace hourglass::engine
