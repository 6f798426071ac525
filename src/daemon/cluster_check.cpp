#include "daemon/cluster_check.hpp"

#include <algorithm>
#include <string>

#include "adapters/influxdb/check_influx.hpp"
#include "adapters/kafka/kafka_check.hpp"
#include "adapters/redis/server_check.hpp"
#include "cli/exit_codes.hpp"
#include "daemon/logging.hpp"
#include "daemon/system_clock.hpp"

namespace hourglass::daemon {
namespace {

/// Prints what was found; the exit code that follows from it.
int tell(const cli::Output& output, const std::string& name, const cluster::StoreResult<std::string>& found) {
  output.results << name << ": " << (found ? *found : found.error().message) << "\n" << std::flush;
  if (found)
    return cli::kExitDone;
  return found.error().remedy == cluster::Remedy::person ? cli::kExitUsage : cli::kExitFailed;
}

cluster::StoreResult<std::string> describe(const cluster::StoreResult<void>& checked) {
  if (!checked)
    return base::unexpected(checked.error());
  return "ok";
}

cluster::StoreResult<std::string> describe(const cluster::StoreResult<adapters::KafkaFacts>& facts) {
  if (!facts)
    return base::unexpected(facts.error());
  return "ok, cluster " + facts->cluster_id;
}

}  // namespace

int check_cluster(const Settings& settings, const cli::Output& output) {
  if (!settings.cluster.enabled)
    return output.fail(cli::kExitUsage, "backend is not cluster: there are no servers to check");
  const auto cluster = complete(settings.cluster);
  if (!cluster)
    return output.fail(cli::kExitUsage, cluster.error());
  const SystemClock clock;
  StandardErrorLog log({.level = ports::LogLevel::error, .format = settings.log.format}, clock);
  const int kafka = tell(output, "kafka", describe(adapters::check_kafka(cluster->kafka, log)));
  const int redis = tell(output, "redis", describe(adapters::check_redis(cluster->redis)));
  const int influxdb =
      tell(output, "influxdb", describe(adapters::influxdb::check_influx(cluster->influxdb)));
  return output.end(std::max({kafka, redis, influxdb}));
}

}  // namespace hourglass::daemon
