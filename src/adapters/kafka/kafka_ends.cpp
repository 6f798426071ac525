#include "adapters/kafka/kafka_ends.hpp"

#include "adapters/kafka/message_reading.hpp"
#include "adapters/kafka/topic_offsets.hpp"

namespace hourglass::adapters {
namespace {

constexpr std::size_t kFetchBytes = std::size_t{64} << 10U;  // it asks only, and fetches nothing

}  // namespace

cluster::StoreResult<std::unique_ptr<KafkaEnds>> KafkaEnds::make(const KafkaSettings& settings,
                                                                 ports::Log& log) {
  auto client = kafka_reader(settings, kFetchBytes, kFetchBytes, log);
  if (!client)
    return tl::unexpected(std::move(client.error()));
  auto lookup = RecordLookup::make(settings, log);
  if (!lookup)
    return tl::unexpected(std::move(lookup.error()));
  return std::unique_ptr<KafkaEnds>(new KafkaEnds(settings, std::move(*client), std::move(*lookup)));
}

KafkaEnds::KafkaEnds(const KafkaSettings& settings, KafkaClient client, std::unique_ptr<RecordLookup> lookup)
    : settings_(settings), client_(std::move(client)), lookup_(std::move(lookup)) {
  for (std::uint32_t number = 0; number < settings.partitions; ++number)
    partitions_.emplace_back(number);
}

cluster::StoreResult<std::vector<cluster::Offset>> KafkaEnds::ends(std::chrono::milliseconds time_limit) {
  return list_offsets(client_.get(), settings_, partitions_, LogEnd::end, time_limit);
}

cluster::StoreResult<std::optional<cluster::LogTime>> KafkaEnds::time_of(cluster::Partition partition,
                                                                         cluster::Offset offset) {
  const auto message = lookup_->at_or_behind(partition, offset);
  if (!message)
    return tl::unexpected(message.error());
  if (*message == nullptr)
    return std::nullopt;
  return append_time(**message);
}

}  // namespace hourglass::adapters
