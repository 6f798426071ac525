#include "adapters/kafka/topic_offsets.hpp"

#include <thread>

namespace hourglass::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What ListOffsets takes for a time when the log's own ends are asked for.
constexpr std::int64_t kFirstMark = -2;
constexpr std::int64_t kEndMark = -1;
constexpr milliseconds kPause{20};  // before asking again

milliseconds left_until(steady_clock::time_point deadline) {
  return std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
}

std::int32_t number_of(cluster::Partition partition) {
  return static_cast<std::int32_t>(partition.value());
}

/// One question; the error of the first partition that has one is that of all.
rd_kafka_resp_err_t ask(rd_kafka_t* client, rd_kafka_topic_partition_list_t* list, milliseconds limit) {
  const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client, list, milliseconds_of(limit));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return error;
  for (int i = 0; i < list->cnt; ++i) {
    if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return list->elems[i].err;
    if (list->elems[i].offset < 0)
      return RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

cluster::StoreResult<std::vector<cluster::Offset>> list_offsets(
    rd_kafka_t* client, const KafkaSettings& settings, const std::vector<cluster::Partition>& partitions,
    LogEnd which, milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const cluster::Partition partition : partitions)
    rd_kafka_topic_partition_list_add(list.get(), settings.topic.c_str(), number_of(partition));

  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  do {
    // The list is sorted and overwritten by each question.
    for (int i = 0; i < list->cnt; ++i) {
      list->elems[i].offset = which == LogEnd::first ? kFirstMark : kEndMark;
      list->elems[i].err = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    error = ask(client, list.get(), left_until(deadline));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::vector<cluster::Offset> offsets;
      offsets.reserve(partitions.size());
      for (const cluster::Partition partition : partitions)
        offsets.emplace_back(
            rd_kafka_topic_partition_list_find(list.get(), settings.topic.c_str(), number_of(partition))
                ->offset);
      return offsets;
    }
    std::this_thread::sleep_for(kPause);
  } while (left_until(deadline) > milliseconds{0});
  return kafka_fault(settings, "where the log of " + settings.topic + " begins or ends", error);
}

}  // namespace hourglass::adapters
