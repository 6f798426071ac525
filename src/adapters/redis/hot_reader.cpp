#include "adapters/redis/hot_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "adapters/redis/partition_keys.hpp"

namespace hourglass::adapters {
namespace {

constexpr std::size_t kFieldsBeforeHours = 3;

/// "clicks impressions uniques next last"; nothing where it is another text.
std::optional<cluster::PartialTotals> parse_hour(std::string_view text) {
  std::array<std::int64_t, 5> numbers{};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t index = 0; index < numbers.size(); ++index) {
    if (index > 0 && (at == end || *at++ != ' '))
      return std::nullopt;
    const auto [behind, fault] = std::from_chars(at, end, numbers[index]);
    if (fault != std::errc{} || (index < 4 && numbers[index] < 0))
      return std::nullopt;
    at = behind;
  }
  if (at != end)
    return std::nullopt;
  const auto [clicks, impressions, uniques, next, last] = numbers;
  return cluster::PartialTotals{{static_cast<std::uint64_t>(uniques), static_cast<std::uint64_t>(clicks),
                                 static_cast<std::uint64_t>(impressions)},
                                cluster::Offset{next}};
}

/// What the fields of one partition say of the hours.
std::vector<cluster::HotHour> hours_of(const std::vector<const redisReply*>& fields,
                                       std::span<const core::Hour> hours, const std::string& fingerprint) {
  std::vector<cluster::HotHour> found(hours.size());
  const auto next = number_of(*fields[0]);
  const auto floor = number_of(*fields[1]);
  if (!next || *next < 0 || !floor || *floor < 0 || text_of(*fields[2]) != fingerprint)
    return found;
  for (std::size_t index = 0; index < hours.size(); ++index) {
    if (hours[index].value() < static_cast<std::uint64_t>(*floor))
      continue;
    const redisReply& field = *fields[kFieldsBeforeHours + index];
    const auto text = text_of(field);
    found[index] = text ? parse_hour(*text) : std::optional(cluster::PartialTotals{});
    if (found[index])
      found[index]->next = std::max(found[index]->next, cluster::Offset{*next});
  }
  return found;
}

}  // namespace

RedisHotReader::RedisHotReader(const RedisSettings& settings) : settings_(settings) {
  for (std::size_t endpoint = 0; endpoint < settings_.endpoints.size(); ++endpoint)
    connections_.push_back(std::make_unique<RedisConnection>(settings_, endpoint));
}

std::vector<cluster::HotAnswer> RedisHotReader::read(std::span<const core::Hour> hours) {
  std::vector<std::vector<RedisCommand>> commands(connections_.size());
  for (std::uint32_t number = 0; number < settings_.partitions; ++number) {
    const cluster::Partition partition{number};
    RedisCommand& command = commands[endpoint_of(settings_, partition)].emplace_back(RedisCommand{
        "HMGET", PartitionKeys(settings_.topic, partition).meta(), "next", "floor", "fingerprint"});
    for (const core::Hour hour : hours)
      command.push_back(hour_field(hour));
  }
  std::vector<RedisConnection*> asked;
  for (std::size_t endpoint = 0; endpoint < connections_.size(); ++endpoint) {
    connections_[endpoint]->begin(commands[endpoint]);
    asked.push_back(connections_[endpoint].get());
  }
  RedisConnection::wait_for_all(asked);
  std::vector<cluster::HotAnswer> answers(settings_.partitions);
  for (std::size_t endpoint = 0; endpoint < connections_.size(); ++endpoint) {
    const auto replies = connections_[endpoint]->finish();
    for (std::size_t number = endpoint, place = 0; number < answers.size();
         number += connections_.size(), ++place) {
      if (!replies) {
        answers[number] = base::unexpected(replies.error());
        continue;
      }
      const redisReply& reply = *(*replies)[place];
      const auto fields = elements_of(reply);
      if (fields.size() == kFieldsBeforeHours + hours.size())
        answers[number] = hours_of(fields, hours, settings_.fingerprint);
      else if (is_error(reply, "WRONGTYPE"))
        answers[number] = std::vector<cluster::HotHour>(hours.size());
      else
        answers[number] = base::unexpected(fault_of_error(
            connections_[endpoint]->server(), error_of(reply).value_or("something that was not asked for")));
    }
  }
  return answers;
}

}  // namespace hourglass::adapters
