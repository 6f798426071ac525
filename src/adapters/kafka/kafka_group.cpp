#include "adapters/kafka/kafka_group.hpp"

#include <algorithm>

namespace hourglass::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPollWait{100};
constexpr int kHeartbeatsInSession = 4;

/// A commit for every batch, hundreds a second, makes the coordinator of a group stand still for seconds, and
/// with it the heartbeats, so that the member is thrown out. What is committed only says to people how far
/// the stores are: where to read on from they know themselves.
constexpr milliseconds kCommitPeriod{1'000};

KafkaProperties member_properties(const KafkaSettings& settings, const std::string& group) {
  return {{"group.id", group},
          {"partition.assignment.strategy", "roundrobin"},
          {"session.timeout.ms", std::to_string(settings.limits.session.count())},
          {"heartbeat.interval.ms", std::to_string(settings.limits.session.count() / kHeartbeatsInSession)},
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},
          {"allow.auto.create.topics", "false"},
          {"socket.nagle.disable", "true"},
          {"topic.metadata.refresh.interval.ms", "30000"},
          {"reconnect.backoff.max.ms", "1000"}};
}

}  // namespace

cluster::StoreResult<std::unique_ptr<KafkaGroup>> KafkaGroup::join(const KafkaSettings& settings,
                                                                   const std::string& group,
                                                                   const core::HashKey& cluster_key,
                                                                   PartitionOwner& owner, ports::Log& log) {
  auto readers = LogReaders::make(settings, cluster_key, log);
  if (!readers)
    return tl::unexpected(std::move(readers.error()));
  auto conf = kafka_conf(settings, member_properties(settings, group), log);
  if (!conf)
    return tl::unexpected(std::move(conf.error()));
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR);
  auto member = kafka_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!member)
    return tl::unexpected(std::move(member.error()));
  rd_kafka_poll_set_consumer(member->get());

  const KafkaPartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), settings.topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(member->get(), topics.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return kafka_fault(settings, "joining " + group, error);
  return std::unique_ptr<KafkaGroup>(
      new KafkaGroup(settings, group, owner, log, std::move(*member), std::move(*readers)));
}

KafkaGroup::KafkaGroup(const KafkaSettings& settings, std::string group, PartitionOwner& owner,
                       ports::Log& log, KafkaClient member, std::shared_ptr<LogReaders> readers)
    : settings_(settings),
      group_(std::move(group)),
      owner_(owner),
      log_(log),
      member_(std::move(member)),
      events_(rd_kafka_queue_get_consumer(member_.get())),
      readers_(std::move(readers)) {
  readers_->foreign = [this](ForeignRecord record) { owner_.foreign(std::move(record)); };
  readers_->commit = [this](cluster::Partition partition, cluster::Offset next) {
    note_applied(partition, next);
  };
  thread_ = std::thread([this] { run(); });
}

KafkaGroup::~KafkaGroup() {
  ending_ = true;
  thread_.join();
}

void KafkaGroup::run() {
  while (!ending_) {
    serve(kPollWait);
    commit_when_due();
  }
  leave();
}

void KafkaGroup::leave() {
  const KafkaError refused(rd_kafka_consumer_close_queue(member_.get(), events_.get()));
  const auto limit = steady_clock::now() + settings_.limits.answer;
  while (refused == nullptr && rd_kafka_consumer_closed(member_.get()) == 0 && steady_clock::now() < limit)
    serve(kPollWait);
  give_partitions_back();  // if that came to nothing
}

void KafkaGroup::serve(milliseconds wait) {
  const KafkaOwned<rd_kafka_event_t> event(rd_kafka_queue_poll(events_.get(), milliseconds_of(wait)));
  if (event == nullptr)
    return;
  if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE)
    rebalance(event.get());
  else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_OFFSET_COMMIT)
    is_commit_open_ = false;  // whatever became of it: the next one says more
  else if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    log_.write(ports::LogLevel::warning, "Kafka group",
               {{"group", group_}, {"error", std::string(rd_kafka_event_error_string(event.get()))}});
}

void KafkaGroup::rebalance(rd_kafka_event_t* event) {
  if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    // Nothing is assigned in the eyes of librdkafka, so that this client fetches nothing.
    const KafkaPartitionList nothing(rd_kafka_topic_partition_list_new(0));
    rd_kafka_assign(member_.get(), nothing.get());
    const KafkaPartitionList partitions(
        rd_kafka_topic_partition_list_copy(rd_kafka_event_topic_partition_list(event)));
    take_partitions(*partitions);
    return;
  }
  joined_ = false;
  give_partitions_back();
  rd_kafka_assign(member_.get(), nullptr);
}

void KafkaGroup::take_partitions(const rd_kafka_topic_partition_list_t& partitions) {
  give_partitions_back();
  for (int i = 0; i < partitions.cnt; ++i)
    held_.emplace_back(static_cast<std::uint32_t>(partitions.elems[i].partition));
  held_count_ = held_.size();
  for (const cluster::Partition partition : held_)
    owner_.assigned(partition, std::make_unique<KafkaPartitionLog>(readers_, partition));
  joined_ = true;
  log_.write(ports::LogLevel::info, "partitions assigned",
             {{"group", group_}, {"partitions", static_cast<std::int64_t>(held_.size())}});
}

void KafkaGroup::give_partitions_back() {
  if (!held_.empty()) {
    owner_.revoked(held_);
    commit();
  }
  held_.clear();
  held_count_ = 0;
}

void KafkaGroup::note_applied(cluster::Partition partition, cluster::Offset next) {
  const std::lock_guard lock(applied_mutex_);
  applied_.insert_or_assign(partition, next);
}

void KafkaGroup::commit_when_due() {
  if (!is_commit_open_ && steady_clock::now() - committed_ >= kCommitPeriod)
    commit();
}

/// One request for all partitions; its answer comes as an event.
void KafkaGroup::commit() {
  std::map<cluster::Partition, cluster::Offset> applied;
  {
    const std::lock_guard lock(applied_mutex_);
    applied.swap(applied_);
  }
  if (applied.empty() || rd_kafka_assignment_lost(member_.get()) != 0)
    return;
  const KafkaPartitionList offsets(rd_kafka_topic_partition_list_new(static_cast<int>(applied.size())));
  for (const auto& [partition, next] : applied)
    rd_kafka_topic_partition_list_add(offsets.get(), settings_.topic.c_str(),
                                      static_cast<std::int32_t>(partition.value()))
        ->offset = next.value();
  committed_ = steady_clock::now();
  is_commit_open_ = rd_kafka_commit_queue(member_.get(), offsets.get(), events_.get(), nullptr, nullptr) ==
                    RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::vector<ports::MetricFamily> KafkaGroup::metrics() const {
  using Type = ports::MetricType;
  const auto sample = [&](double value) {
    return std::vector<ports::MetricSample>{{{{"group", group_}}, value}};
  };
  return {
      {"hourglass_group_partitions", "Partitions that this process works on, by group.", Type::gauge,
       sample(static_cast<double>(held_count_))},
      {"hourglass_foreign_records_total", "Records read that are no events of Hourglass, by group.",
       Type::counter, sample(static_cast<double>(readers_->foreign_records))},
      {"hourglass_log_holes_total",
       "Places in the log whose offsets Kafka keeps for itself, or has removed, by group.", Type::counter,
       sample(static_cast<double>(readers_->accepted_holes))},
  };
}

}  // namespace hourglass::adapters
