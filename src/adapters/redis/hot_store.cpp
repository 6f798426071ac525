#include "adapters/redis/hot_store.hpp"

#include <algorithm>
#include <array>

#include "adapters/redis/hot_copy.hpp"
#include "adapters/redis/record_batch.hpp"
#include "adapters/redis/record_text.hpp"
#include "adapters/redis/scripts.hpp"
#include "cluster/fold/seen_sequences.hpp"

namespace hourglass::adapters {

using cluster::Offset;
using cluster::StoreFault;
using cluster::StoreResult;

StoreFault other_fingerprint(const std::string& server, const std::string& meta) {
  return {cluster::Remedy::person,
          "redis " + server + ": " + meta +
              " was written with another cluster.key, kafka.partitions, idempotency.window, uniques, or from "
              "another topic of Kafka; set these as they were, or let redis.endpoints name an empty Redis"};
}

RedisHotStore::RedisHotStore(const RedisSettings& settings, cluster::Partition partition)
    : connection_(settings, endpoint_of(settings, partition)),
      keys_(settings.topic, partition),
      fingerprint_(settings.fingerprint),
      window_(settings.window),
      apply_script_(apply_script()),
      drop_script_(drop_script()) {}

StoreFault RedisHotStore::nonsense() const {
  return {cluster::Remedy::retry, "redis " + connection_.server() + ": not an answer to what was asked"};
}

StoreResult<std::optional<cluster::StorePosition>> RedisHotStore::load() {
  const RedisCommand command{"HMGET", keys_.meta(),  "next",   "time",  "last",
                             "floor", "fingerprint", "opened", "closed"};
  auto replies = connection_.exchange({&command, 1});
  if (!replies)
    return base::unexpected(std::move(replies.error()));
  const redisReply& reply = *replies->front();
  if (is_error(reply, "WRONGTYPE"))
    return std::nullopt;
  if (const auto error = error_of(reply))
    return base::unexpected(fault_of_error(connection_.server(), *error));
  const auto values = elements_of(reply);
  if (values.size() != 7)
    return base::unexpected(nonsense());
  const auto next = number_of(*values[0]);
  const auto time = number_of(*values[1]);
  const auto last_text = text_of(*values[2]);
  const auto floor = number_of(*values[3]);
  const auto fingerprint = text_of(*values[4]);
  if (next && fingerprint && *fingerprint != fingerprint_)
    return base::unexpected(other_fingerprint(connection_.server(), keys_.meta()));
  if (!is_untorn(*values[5], *values[6]))
    return std::nullopt;
  const auto last = last_text ? parse_last_record(*last_text) : std::nullopt;
  if (!next || *next < 0 || !fingerprint || !time || !floor || *floor < 0 ||
      last.has_value() != last_text.has_value())
    return std::nullopt;
  floor_ = core::Hour{static_cast<std::uint64_t>(*floor)};
  return cluster::StorePosition{Offset{*next}, cluster::LogTime{*time}, last};
}

/// As cheap as asking for less would be.
StoreResult<std::optional<Offset>> RedisHotStore::next() {
  const auto position = load();
  if (!position)
    return base::unexpected(position.error());
  return *position ? std::optional((*position)->next) : std::nullopt;
}

cluster::ApplyResult RedisHotStore::apply(Offset from, Offset to, std::span<const cluster::Record> records) {
  const RecordBatch batch = pack_records(records);
  std::vector<std::string> keys{keys_.meta(), keys_.boots(), keys_.keys()};
  for (const core::Hour hour : batch.hours)
    keys.push_back(keys_.users(hour));
  const auto answer = connection_.run(
      apply_script_, keys,
      {fingerprint_, std::to_string(from.value()), std::to_string(to.value()),
       std::to_string(batch.time.value()), std::to_string(window_.count()),
       std::to_string(cluster::SeenSequences::kMostMissingRanges), batch.last_record, batch.packed});
  if (!answer)
    return answer.error();
  const auto parts = elements_of(**answer);
  const auto outcome = parts.empty() ? std::nullopt : text_of(*parts[0]);
  if (outcome == "applied")
    return cluster::Applied{};
  if (outcome == "moved" && parts.size() == 2) {
    cluster::Moved moved;
    if (const auto next = number_of(*parts[1]))
      moved.next = Offset{*next};
    return moved;
  }
  if (outcome == "corrupt" && parts.size() == 2)
    return cluster::Corrupt{Offset{number_of(*parts[1]).value_or(from.value())}};
  if (outcome == "fingerprint")
    return other_fingerprint(connection_.server(), keys_.meta());
  return nonsense();
}

StoreResult<std::unique_ptr<cluster::HotCopy>> RedisHotStore::begin_copy() {
  return std::make_unique<RedisHotCopy>(connection_, keys_, fingerprint_);
}

StoreResult<bool> RedisHotStore::drop(core::Hour target, Offset cold_next) {
  const auto answer = connection_.run(drop_script_, {keys_.meta()},
                                      {fingerprint_, std::to_string(target.value()),
                                       std::to_string(cold_next.value()), keys_.users_prefix()});
  if (!answer)
    return base::unexpected(answer.error());
  const auto parts = elements_of(**answer);
  const auto outcome = parts.empty() ? std::nullopt : text_of(*parts[0]);
  if (outcome == "dropped" && parts.size() == 2) {
    if (const auto floor = number_of(*parts[1])) {
      floor_ = core::Hour{static_cast<std::uint64_t>(*floor)};
      return true;
    }
  }
  if (outcome == "busy" || outcome == "moved")
    return false;
  if (outcome == "fingerprint")
    return base::unexpected(other_fingerprint(connection_.server(), keys_.meta()));
  if (outcome == "broken" && parts.size() == 2)
    return cluster::store_fault(cluster::Remedy::person,
                                "redis " + connection_.server() + ": somebody has written field " +
                                    std::string(text_of(*parts[1]).value_or("")) + " of " + keys_.meta());
  return base::unexpected(nonsense());
}

StoreResult<std::uint64_t> RedisHotStore::hours_after(core::Hour hour) {
  const std::array<RedisCommand, 2> commands{RedisCommand{"HGET", keys_.meta(), "fingerprint"},
                                             RedisCommand{"HKEYS", keys_.meta()}};
  const auto replies = connection_.exchange(commands);
  if (!replies)
    return base::unexpected(replies.error());
  for (const RedisReply& reply : *replies) {
    if (is_error(*reply, "WRONGTYPE"))
      return 0;
    if (const auto error = error_of(*reply))
      return base::unexpected(fault_of_error(connection_.server(), *error));
  }
  const auto fingerprint = text_of(*replies->front());
  if (fingerprint && *fingerprint != fingerprint_)
    return base::unexpected(other_fingerprint(connection_.server(), keys_.meta()));
  const auto fields = elements_of(*replies->back());
  return static_cast<std::uint64_t>(std::count_if(fields.begin(), fields.end(), [&](const auto* field) {
    const auto found = hour_of_field(text_of(*field).value_or(""));
    return found && *found > hour;
  }));
}

}  // namespace hourglass::adapters
