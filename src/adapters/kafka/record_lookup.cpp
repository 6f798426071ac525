#include "adapters/kafka/record_lookup.hpp"

#include <algorithm>

#include "adapters/kafka/topic_offsets.hpp"

namespace hourglass::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kFetchBytes = std::size_t{64} << 10U;  // one record is wanted; a larger one comes whole
constexpr std::size_t kAheadBytes = std::size_t{16}
                                    << 20U;  // never reached: reading ends with the first record

milliseconds left_until(steady_clock::time_point deadline) {
  return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()));
}

}  // namespace

cluster::StoreResult<std::unique_ptr<RecordLookup>> RecordLookup::make(const KafkaSettings& settings,
                                                                       ports::Log& log) {
  auto client = kafka_reader(settings, kFetchBytes, kAheadBytes, log);
  if (!client)
    return tl::unexpected(std::move(client.error()));
  auto topic = kafka_topic(client->get(), settings.topic);
  if (!topic)
    return tl::unexpected(std::move(topic.error()));
  return std::unique_ptr<RecordLookup>(new RecordLookup(settings, std::move(*client), std::move(*topic)));
}

cluster::StoreResult<KafkaMessage> RecordLookup::at_or_behind(cluster::Partition partition,
                                                              cluster::Offset offset) {
  const auto deadline = steady_clock::now() + settings_.limits.answer;
  const auto ends = list_offsets(client_.get(), settings_, {partition}, LogEnd::end, left_until(deadline));
  if (!ends)
    return tl::unexpected(ends.error());
  const auto firsts =
      list_offsets(client_.get(), settings_, {partition}, LogEnd::first, left_until(deadline));
  if (!firsts)
    return tl::unexpected(firsts.error());
  const cluster::Offset from = std::max(offset, firsts->front());
  if (from >= ends->front())
    return KafkaMessage{};
  const std::lock_guard lock(mutex_);
  return read_one(static_cast<std::int32_t>(partition.value()), from.value(), deadline);
}

cluster::StoreResult<KafkaMessage> RecordLookup::read_one(std::int32_t partition, std::int64_t from,
                                                          steady_clock::time_point deadline) {
  const std::string what =
      "reading " + settings_.topic + "/" + std::to_string(partition) + " at " + std::to_string(from);
  if (rd_kafka_consume_start(topic_.get(), partition, from) != 0)
    return kafka_fault(settings_, what, rd_kafka_last_error());
  KafkaMessage message(rd_kafka_consume(topic_.get(), partition, milliseconds_of(left_until(deadline))));
  rd_kafka_consume_stop(topic_.get(), partition);
  if (message == nullptr)
    return kafka_fault(settings_, what, RD_KAFKA_RESP_ERR__TIMED_OUT);
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
    return KafkaMessage{};  // what is there is no record
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return kafka_fault(settings_, what, message->err);
  return message;
}

}  // namespace hourglass::adapters
