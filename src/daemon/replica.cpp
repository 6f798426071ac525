#include "daemon/replica.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <span>
#include <utility>

#include "adapters/influxdb/check_influx.hpp"
#include "adapters/influxdb/influx_cold_reader.hpp"
#include "adapters/kafka/kafka_check.hpp"
#include "adapters/kafka/kafka_ends.hpp"
#include "adapters/kafka/kafka_group.hpp"
#include "adapters/kafka/kafka_producer.hpp"
#include "adapters/redis/hot_reader.hpp"
#include "adapters/redis/hot_store.hpp"
#include "adapters/redis/server_check.hpp"
#include "cluster/reading/log_barrier.hpp"
#include "daemon/partition_workers.hpp"

namespace hourglass::daemon {
namespace {

using cluster::Partition;
using cluster::Role;
using cluster::StoreResult;

/// Families of the same name, of two groups for example, become one.
void join(std::vector<ports::MetricFamily>& families, ports::MetricFamily family) {
  const auto known = std::find_if(families.begin(), families.end(), [&](const ports::MetricFamily& other) {
    return other.name == family.name;
  });
  if (known == families.end())
    families.push_back(std::move(family));
  else
    std::move(family.samples.begin(), family.samples.end(), std::back_inserter(known->samples));
}

/// Until servers that did not answer are asked again.
constexpr std::chrono::seconds kRetry{1};

/// Batches of the largest body of a request, twice, so that one is taken whole while another is on its way.
constexpr std::uint32_t kQueueRecords = 1'000'000;
constexpr std::uint32_t kQueueKibibytes = 512 * 1024;

/// Reads ask for less patience than workers: another store may answer, or the reader gives up.
constexpr std::chrono::milliseconds kHotReadLimit{400};
constexpr std::chrono::milliseconds kColdReadLimit{2'000};

constexpr std::chrono::seconds kDeadLetterLimit{5};

/// The dead-letter topic has no listener: its producer is flushed.
class NobodyListens final : public cluster::DeliveryListener {
 public:
  void delivered(std::uint64_t, Partition, cluster::Delivery, std::optional<cluster::Offset>) override {}
  void deliveries_paused() override {}
};

adapters::RedisSettings for_reads(adapters::RedisSettings settings) {
  settings.connect_limit = kHotReadLimit;
  settings.call_limit = kHotReadLimit;
  return settings;
}

adapters::influxdb::InfluxSettings for_reads(adapters::influxdb::InfluxSettings settings) {
  settings.answer_timeout = kColdReadLimit;
  return settings;
}

}  // namespace

/// What was built for the servers that answered. The order is that of building.
class Replica::Parts {
 public:
  Parts(ClusterSettings settings, const adapters::KafkaFacts& topic, const ports::Clock& clock,
        ports::Log& log)
      : settings_(std::move(settings)), topic_(topic), clock_(clock), log_(log) {
    const std::string print =
        cluster::fingerprint({settings_.key.text, settings_.kafka.partitions, settings_.idempotency_window,
                              topic.cluster_id, settings_.kafka.topic});
    settings_.redis.fingerprint = print;
    settings_.influxdb.fingerprint = print;
    settings_.kafka.queue_records = kQueueRecords;
    settings_.kafka.queue_kibibytes = kQueueKibibytes;
  }

  /// Fails where librdkafka does not take the settings.
  StoreResult<std::optional<cluster::ApiParts>> build_api();
  StoreResult<std::vector<cluster::RoleParts>> build_roles();

  /// Whether a store is as it has to be, and this cluster's.
  [[nodiscard]] StoreResult<void> check_hot() const;
  [[nodiscard]] StoreResult<void> check_cold() const;

  [[nodiscard]] std::vector<ports::MetricFamily> metrics() const;

 private:
  /// Gives the partitions of a group to the workers of a role.
  class Owner;

  StoreResult<std::unique_ptr<cluster::LogEnds>> build_barrier();
  StoreResult<cluster::RoleParts> build_role(Role role, const std::string& group);

  ClusterSettings settings_;
  adapters::KafkaFacts topic_;
  const ports::Clock& clock_;
  ports::Log& log_;
  NobodyListens nobody_;
  std::shared_ptr<adapters::KafkaProducer> dead_letters_;
  std::vector<std::weak_ptr<ports::MetricSource>> sources_;
};

class Replica::Parts::Owner final : public adapters::PartitionOwner {
 public:
  Owner(std::shared_ptr<cluster::WorkerPool> workers, std::shared_ptr<adapters::KafkaProducer> dead_letters)
      : workers_(std::move(workers)), dead_letters_(std::move(dead_letters)) {}

  void assigned(Partition partition, std::unique_ptr<cluster::PartitionLog> log) override {
    workers_->add(partition, std::move(log));
  }
  void revoked(std::span<const Partition> partitions) override { workers_->remove(partitions); }
  /// Waits for the copy, so that progress passes a record only when it is there; a topic for copies that does
  /// not answer stops nothing.
  void foreign(adapters::ForeignRecord record) override {
    if (!dead_letters_)
      return;
    dead_letters_->produce_dead_letter(record);
    (void)dead_letters_->flush(std::chrono::steady_clock::now() + kDeadLetterLimit);
  }

 private:
  const std::shared_ptr<cluster::WorkerPool> workers_;
  const std::shared_ptr<adapters::KafkaProducer> dead_letters_;  // none: another role copies them
};

StoreResult<std::optional<cluster::ApiParts>> Replica::Parts::build_api() {
  if (!settings_.api)
    return std::optional<cluster::ApiParts>();
  cluster::ApiParts api;
  api.intake = std::make_unique<cluster::EventIntake>(
      cluster::IntakeSettings{.partitions = settings_.kafka.partitions, .most_records = kQueueRecords},
      clock_);
  auto producer = adapters::KafkaProducer::start(settings_.kafka, *api.intake, log_);
  if (!producer)
    return base::unexpected(std::move(producer.error()));
  const std::shared_ptr<adapters::KafkaProducer> shared = std::move(*producer);
  sources_.push_back(shared);
  api.producer = shared;
  api.intake->set_producer(*api.producer);
  auto ends = adapters::KafkaEnds::make(settings_.kafka, log_);
  auto times = adapters::KafkaEnds::make(settings_.kafka, log_);
  if (!ends || !times)
    return base::unexpected(std::move((ends ? times : ends).error()));
  auto barrier = build_barrier();
  if (!barrier)
    return base::unexpected(std::move(barrier.error()));
  api.reads = std::make_unique<cluster::ReadService>(
      cluster::ReadSettings{settings_.kafka.partitions, settings_.strong_timeout, settings_.fast_wait},
      std::move(*barrier), std::move(*ends),
      std::make_unique<adapters::RedisHotReader>(for_reads(settings_.redis)),
      std::make_unique<adapters::influxdb::InfluxColdReader>(for_reads(settings_.influxdb)), clock_);
  api.cold_watch = std::make_unique<cluster::ColdWatch>(
      std::make_unique<adapters::influxdb::InfluxColdReader>(for_reads(settings_.influxdb)),
      std::move(*times), topic_.retention, clock_);
  return std::optional(std::move(api));
}

StoreResult<std::unique_ptr<cluster::LogEnds>> Replica::Parts::build_barrier() {
  auto barrier = std::make_unique<cluster::LogBarrier>(settings_.kafka.partitions);
  auto producer = adapters::KafkaProducer::start(settings_.kafka, *barrier, log_);
  if (!producer)
    return base::unexpected(std::move(producer.error()));
  barrier->set_producer(std::move(*producer));
  return barrier;
}

StoreResult<std::vector<cluster::RoleParts>> Replica::Parts::build_roles() {
  std::vector<cluster::RoleParts> roles;
  for (const auto& [wanted, role, group] :
       {std::tuple(settings_.hot, Role::hot, settings_.kafka.hot_group),
        std::tuple(settings_.cold, Role::cold, settings_.kafka.cold_group)}) {
    if (!wanted)
      continue;
    auto built = build_role(role, group);
    if (!built)
      return base::unexpected(std::move(built.error()));
    roles.push_back(std::move(*built));
  }
  return roles;
}

StoreResult<cluster::RoleParts> Replica::Parts::build_role(Role role, const std::string& group) {
  const auto workers = std::make_shared<cluster::WorkerPool>(
      role,
      [this, role](Partition partition, std::unique_ptr<cluster::PartitionLog> log) {
        return role == Role::hot ? hot_worker(settings_, clock_, log_, partition, std::move(log))
                                 : cold_worker(settings_, clock_, log_, partition, std::move(log));
      },
      clock_);
  std::shared_ptr<adapters::KafkaProducer> dead_letters;
  if (role == Role::cold) {
    auto producer = adapters::KafkaProducer::start(settings_.kafka, nobody_, log_);
    if (!producer)
      return base::unexpected(std::move(producer.error()));
    dead_letters = std::move(*producer);
    dead_letters_ = dead_letters;
  }
  const auto owner = std::make_shared<Owner>(workers, dead_letters);
  auto joined =
      adapters::KafkaGroup::join(settings_.kafka, group, cluster::hash_key(settings_.key.text), *owner, log_);
  if (!joined)
    return base::unexpected(std::move(joined.error()));
  adapters::KafkaGroup* const member = joined->release();
  const std::shared_ptr<adapters::KafkaGroup> membership(member, [owner](adapters::KafkaGroup* leaving) {
    delete leaving;  // while its owner is still there
  });
  sources_.push_back(membership);
  // A rebalance does not make a replica unable to serve.
  const auto has_joined = std::make_shared<std::atomic<bool>>(false);
  return cluster::RoleParts{role, workers, membership, [member, has_joined] {
                              if (member->joined())
                                *has_joined = true;
                              return has_joined->load();
                            }};
}

StoreResult<void> Replica::Parts::check_hot() const {
  if (auto good = adapters::check_redis(settings_.redis); !good)
    return good;
  for (std::uint32_t index = 0; index < settings_.kafka.partitions; ++index) {
    if (const auto loaded = adapters::RedisHotStore(settings_.redis, Partition{index}).load(); !loaded)
      return base::unexpected(loaded.error());
  }
  return {};
}

StoreResult<void> Replica::Parts::check_cold() const {
  if (auto good = adapters::influxdb::check_influx(settings_.influxdb); !good)
    return good;
  const auto progress = adapters::influxdb::InfluxColdReader(settings_.influxdb).progress();
  return progress ? StoreResult<void>() : base::unexpected(progress.error());
}

std::vector<ports::MetricFamily> Replica::Parts::metrics() const {
  std::vector<ports::MetricFamily> joined;
  if (dead_letters_)
    joined = dead_letters_->dead_letter_metrics();
  for (const auto& weak : sources_) {
    const auto source = weak.lock();
    for (ports::MetricFamily& family : source ? source->metrics() : std::vector<ports::MetricFamily>{})
      join(joined, std::move(family));
  }
  return joined;
}

Replica::Replica(ClusterSettings settings, const ports::Clock& clock, ports::Log& log)
    : settings_(std::move(settings)), clock_(clock), log_(log), store_(clock, log) {}

Replica::~Replica() {
  close();
}

void Replica::start(std::function<void(base::StartFailure)> on_wrong) {
  thread_ = std::thread([this, on_wrong = std::move(on_wrong)] { connect(on_wrong); });
}

/// Waits for what is not reachable, without end; gives up on what is reachable and wrong. Without Kafka
/// nothing can be done; the stores may come later.
void Replica::connect(const std::function<void(base::StartFailure)>& on_wrong) {
  std::optional<adapters::KafkaFacts> topic;
  const auto look_at_kafka = [&]() -> StoreResult<void> {
    auto found = adapters::check_kafka(settings_.kafka, log_);
    if (!found)
      return base::unexpected(std::move(found.error()));
    topic = std::move(*found);
    return {};
  };
  if (!insist(look_at_kafka, on_wrong))
    return;
  const auto parts = open(*topic);
  if (!parts)
    return on_wrong({parts.error().message});
  log_.write(ports::LogLevel::info, "joined the cluster");
  // Both at once: one that is away keeps nobody from making or refusing the other.
  const auto look_at_stores = [&]() -> StoreResult<void> {
    auto hot = (*parts)->check_hot();
    auto cold = (*parts)->check_cold();
    const bool hot_is_wrong = !hot && hot.error().remedy == cluster::Remedy::person;
    return hot_is_wrong || cold ? hot : cold;
  };
  insist(look_at_stores, on_wrong);
}

/// Until the server is as it should be; false if it never will, or the replica is to end before.
bool Replica::insist(const std::function<StoreResult<void>()>& look,
                     const std::function<void(base::StartFailure)>& on_wrong) {
  std::string told;
  while (true) {
    const auto good = look();
    if (good)
      return true;
    if (good.error().remedy == cluster::Remedy::person) {
      on_wrong({good.error().message});
      return false;
    }
    store_.set_waiting_for(good.error().message);
    if (std::exchange(told, good.error().message) != good.error().message)
      log_.write(ports::LogLevel::warning, "waiting for a server", {{"reason", good.error().message}});
    if (!wait())
      return false;
  }
}

StoreResult<std::shared_ptr<Replica::Parts>> Replica::open(const adapters::KafkaFacts& topic) {
  auto parts = std::make_shared<Parts>(settings_, topic, clock_, log_);
  auto api = parts->build_api();
  if (!api)
    return base::unexpected(std::move(api.error()));
  auto roles = parts->build_roles();
  if (!roles)
    return base::unexpected(std::move(roles.error()));
  store_.open(std::move(*api), std::move(*roles));
  const std::lock_guard lock(mutex_);
  parts_ = parts;
  return parts;
}

/// False when it is to end.
bool Replica::wait() {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, kRetry, [this] { return ending_; });
}

void Replica::close() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
  store_.close();
}

std::vector<ports::MetricFamily> Replica::metrics() const {
  std::vector<ports::MetricFamily> families = store_.metrics();
  std::shared_ptr<Parts> parts;
  {
    const std::lock_guard lock(mutex_);
    parts = parts_;
  }
  if (parts) {
    for (ports::MetricFamily& family : parts->metrics())
      families.push_back(std::move(family));
  }
  return families;
}

}  // namespace hourglass::daemon
