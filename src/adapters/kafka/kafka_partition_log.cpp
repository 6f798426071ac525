#include "adapters/kafka/kafka_partition_log.hpp"

#include <algorithm>

#include "adapters/kafka/topic_offsets.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Remedy;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kFetchBytes = std::size_t{1} << 20U;
constexpr std::size_t kAheadBytes = std::size_t{8} << 20U;  // of a partition

}  // namespace

cluster::StoreResult<std::shared_ptr<LogReaders>> LogReaders::make(const KafkaSettings& settings,
                                                                   const core::HashKey& cluster_key,
                                                                   ports::Log& log) {
  auto readers = std::make_shared<LogReaders>();
  readers->settings = settings;
  readers->cluster_key = cluster_key;
  auto client = kafka_reader(settings, kFetchBytes, kAheadBytes, log);
  if (!client)
    return tl::unexpected(std::move(client.error()));
  readers->reader = std::move(*client);
  auto topic = kafka_topic(readers->reader.get(), settings.topic);
  if (!topic)
    return tl::unexpected(std::move(topic.error()));
  readers->topic = std::move(*topic);
  auto lookup = RecordLookup::make(settings, log);
  if (!lookup)
    return tl::unexpected(std::move(lookup.error()));
  readers->lookup = std::move(*lookup);
  return readers;
}

KafkaPartitionLog::KafkaPartitionLog(std::shared_ptr<LogReaders> readers, cluster::Partition partition)
    : readers_(std::move(readers)),
      partition_(partition),
      number_(static_cast<std::int32_t>(partition.value())),
      reading_(readers_->cluster_key) {}

KafkaPartitionLog::~KafkaPartitionLog() {
  stop();
}

std::string KafkaPartitionLog::what(const std::string& doing) const {
  return doing + " " + readers_->settings.topic + "/" + std::to_string(number_);
}

void KafkaPartitionLog::stop() {
  if (is_started_)
    rd_kafka_consume_stop(readers_->topic.get(), number_);
  is_started_ = false;
}

cluster::StoreResult<void> KafkaPartitionLog::start_at(std::int64_t offset) {
  // Not rd_kafka_seek(): it fails for good once an offset was out of range, and a look-up of an offset that
  // is on its way may overtake it.
  stop();
  next_ = offset;
  if (rd_kafka_consume_start(readers_->topic.get(), number_, offset) != 0)
    return kafka_fault(readers_->settings, what("starting to read"), rd_kafka_last_error());
  is_started_ = true;
  return {};
}

cluster::StoreResult<void> KafkaPartitionLog::seek(cluster::Offset offset) {
  stop();
  refetched_.reset();
  const auto log = range();
  if (!log)
    return tl::unexpected(log.error());
  if (offset < log->first || offset > log->end)
    return cluster::store_fault(Remedy::retry, what("offset " + std::to_string(offset.value()) + " of") +
                                                   " is not in the log, which holds " +
                                                   std::to_string(log->first.value()) + " to " +
                                                   std::to_string(log->end.value()));
  return start_at(offset.value());
}

cluster::StoreResult<cluster::Fetched> KafkaPartitionLog::fetch(std::size_t most, milliseconds wait) {
  if (!is_started_)
    return cluster::store_fault(Remedy::retry, what("no place to read from in"));
  const auto deadline = steady_clock::now() + wait;
  cluster::Fetched fetched;
  while (fetched.records.size() < most) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    const milliseconds patience = fetched.records.empty() ? left : milliseconds{0};
    const KafkaMessage message(rd_kafka_consume(readers_->topic.get(), number_, milliseconds_of(patience)));
    if (message == nullptr)
      break;
    const auto step = take(*message, fetched.records);
    if (!step)
      return tl::unexpected(step.error());
    if (*step == Step::enough)
      break;
  }
  fetched.next = cluster::Offset{next_};
  fetched.end = known_end();
  return fetched;
}

cluster::StoreResult<KafkaPartitionLog::Step> KafkaPartitionLog::take(const rd_kafka_message_t& message,
                                                                      std::vector<cluster::Record>& records) {
  const bool is_end = message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && !is_end) {
    stop();
    return kafka_fault(readers_->settings, what("reading"), message.err);
  }
  if (message.offset < next_)
    return Step::go_on;  // of a fetch from before
  if (is_end && message.offset == next_)
    return Step::go_on;
  const auto in_order = is_in_order(message.offset);
  if (!in_order)
    return tl::unexpected(in_order.error());
  if (!*in_order)
    return records.empty() ? Step::go_on : Step::enough;
  if (is_end) {
    next_ = message.offset;
    return Step::enough;
  }
  records.push_back(reading_.record_of(message));
  next_ = message.offset + 1;
  const std::string_view value(static_cast<const char*>(message.payload),
                               message.payload == nullptr ? 0 : message.len);
  if (!records.back().event && !cluster::is_marker(value)) {
    readers_->foreign_records.fetch_add(1, std::memory_order_relaxed);
    readers_->foreign(foreign_record_of(message));
  }
  return Step::go_on;
}

/// Whether the offset is the one that comes next, or the hole before it is real. Otherwise the hole is being
/// fetched once more.
cluster::StoreResult<bool> KafkaPartitionLog::is_in_order(std::int64_t offset) {
  if (offset == next_)
    return true;
  if (refetched_ == next_) {
    readers_->accepted_holes.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  refetched_ = next_;
  const auto started = start_at(next_);
  if (!started)
    return tl::unexpected(started.error());
  return false;
}

/// The end that came with what was fetched last; asks nobody.
cluster::Offset KafkaPartitionLog::known_end() const {
  std::int64_t first = 0;
  std::int64_t end = 0;
  rd_kafka_get_watermark_offsets(readers_->reader.get(), readers_->settings.topic.c_str(), number_, &first,
                                 &end);
  return cluster::Offset{std::max(end, next_)};  // negative: not known
}

cluster::StoreResult<cluster::LogRange> KafkaPartitionLog::range() {
  const KafkaSettings& settings = readers_->settings;
  const auto first =
      list_offsets(readers_->reader.get(), settings, {partition_}, LogEnd::first, settings.limits.answer);
  if (!first)
    return tl::unexpected(first.error());
  const auto end =
      list_offsets(readers_->reader.get(), settings, {partition_}, LogEnd::end, settings.limits.answer);
  if (!end)
    return tl::unexpected(end.error());
  return cluster::LogRange{first->front(), end->front()};
}

cluster::StoreResult<std::optional<cluster::Record>> KafkaPartitionLog::record_at(cluster::Offset offset) {
  const auto message = readers_->lookup->at_or_behind(partition_, offset);
  if (!message)
    return tl::unexpected(message.error());
  if (*message == nullptr || (*message)->offset != offset.value())
    return std::nullopt;
  return reading_.record_of(**message);
}

void KafkaPartitionLog::commit(cluster::Offset next) {
  readers_->commit(partition_, next);
}

}  // namespace hourglass::adapters
