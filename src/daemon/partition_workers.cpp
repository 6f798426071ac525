#include "daemon/partition_workers.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "adapters/influxdb/influx_point_database.hpp"
#include "adapters/redis/hot_store.hpp"
#include "cluster/stores/point_store.hpp"
#include "cluster/worker/revival.hpp"

namespace hourglass::daemon {
namespace {

/// What a user in memory takes, about, and the least that a partition may keep.
constexpr std::size_t kBytesPerUser = 24;
constexpr std::size_t kLeastUsers = 100'000;

/// A cold store keeps a row of totals for each batch and hour.
constexpr std::chrono::milliseconds kColdGather{300};

core::Hour before(core::Hour hour) {
  return core::Hour{hour.value() - std::min<std::uint64_t>(hour.value(), 1)};
}

/// The hours that the hot store keeps begin with the one before the current one.
core::Hour hot_floor(const ports::Clock& clock) {
  return before(core::hour_of(clock.now()));
}

/// Lets the hot store forget what is over and in the cold one. What fails is tried again at the next upkeep.
void drop_past_hours(cluster::HotStore& hot, cluster::PointDatabase& cold, core::Hour floor,
                     const cluster::StorePosition& position) {
  const core::Hour target = std::min(floor, before(hour_of(position.time)));
  if (target <= hot.floor())
    return;
  const auto progress = cold.newest_progress();
  if (progress && *progress)
    (void)hot.drop(target, (*progress)->position.next);
}

/// Says so in the log when a partition stands still, and when it goes on.
std::function<void(const std::string&)> tell_alarms(ports::Log& log, const char* store,
                                                    cluster::Partition partition) {
  return [&log, store = std::string(store), partition](const std::string& reason) {
    if (reason.empty())
      log.write(ports::LogLevel::info, "a partition goes on",
                {{"store", store}, {"partition", std::int64_t{partition.value()}}});
    else
      log.write(ports::LogLevel::error, "a partition stands still",
                {{"store", store}, {"partition", std::int64_t{partition.value()}}, {"reason", reason}});
  };
}

}  // namespace

cluster::WorkerParts hot_worker(const ClusterSettings& settings, const ports::Clock& clock, ports::Log& log,
                                cluster::Partition partition,
                                std::unique_ptr<cluster::PartitionLog> records) {
  auto store = std::make_unique<adapters::RedisHotStore>(settings.redis, partition);
  adapters::RedisHotStore* const hot = store.get();
  const auto cold = std::make_shared<adapters::influxdb::InfluxPointDatabase>(settings.influxdb, partition);
  cluster::WorkerParts parts;
  parts.log = std::move(records);
  parts.store = std::move(store);
  parts.revive = [hot, cold, &clock, window = settings.idempotency_window](
                     cluster::PartitionLog& from, std::optional<cluster::Offset> seen) {
    return cluster::revive({*cold, from, window, clock}, *hot, seen, hot_floor(clock));
  };
  parts.alarm = tell_alarms(log, "hot", partition);
  parts.upkeep = [hot, cold, &clock](const cluster::StorePosition& position) {
    drop_past_hours(*hot, *cold, hot_floor(clock), position);
  };
  parts.hours_after = [hot](core::Hour hour) { return hot->hours_after(hour); };
  return parts;
}

cluster::WorkerParts cold_worker(const ClusterSettings& settings, const ports::Clock& clock, ports::Log& log,
                                 cluster::Partition partition,
                                 std::unique_ptr<cluster::PartitionLog> records) {
  const std::size_t users =
      static_cast<std::size_t>(settings.memory_bytes) / settings.kafka.partitions / kBytesPerUser;
  cluster::WorkerParts parts;
  parts.log = std::move(records);
  parts.store = std::make_unique<cluster::PointStore>(
      std::make_unique<adapters::influxdb::InfluxPointDatabase>(settings.influxdb, partition),
      cluster::PointStoreSettings{.idempotency_window = settings.idempotency_window,
                                  .most_users = std::max(kLeastUsers, users)},
      clock);
  parts.alarm = tell_alarms(log, "cold", partition);
  parts.gather = kColdGather;
  return parts;
}

}  // namespace hourglass::daemon
