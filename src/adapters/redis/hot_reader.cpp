#include "adapters/redis/hot_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "adapters/redis/partition_keys.hpp"

namespace hourglass::adapters {
namespace {

/// What is read beside the hours.
constexpr std::array<const char*, 5> kFieldsBeforeHours = {"next", "floor", "fingerprint", "opened",
                                                           "closed"};

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
  if (!next || *next < 0 || !floor || *floor < 0 || text_of(*fields[2]) != fingerprint ||
      !is_untorn(*fields[3], *fields[4]))
    return found;
  for (std::size_t index = 0; index < hours.size(); ++index) {
    if (hours[index].value() < static_cast<std::uint64_t>(*floor))
      continue;
    const redisReply& field = *fields[kFieldsBeforeHours.size() + index];
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
    servers_.emplace_back().connection = std::make_unique<RedisConnection>(settings_, endpoint);
}

/// Asks the servers that do not rest, and waits until each has answered or failed.
void RedisHotReader::begin(std::span<const core::Hour> hours) {
  std::vector<std::vector<RedisCommand>> commands(servers_.size());
  for (std::uint32_t number = 0; number < settings_.partitions; ++number) {
    const cluster::Partition partition{number};
    RedisCommand command{"HMGET", PartitionKeys(settings_.topic, partition).meta()};
    command.insert(command.end(), kFieldsBeforeHours.begin(), kFieldsBeforeHours.end());
    for (const core::Hour hour : hours)
      command.push_back(hour_field(hour));
    commands[endpoint_of(settings_, partition)].push_back(std::move(command));
  }
  const auto now = std::chrono::steady_clock::now();
  std::vector<RedisConnection*> asked;
  for (std::size_t endpoint = 0; endpoint < servers_.size(); ++endpoint) {
    Server& server = servers_[endpoint];
    if (server.fault && now < server.rests_until)
      continue;
    server.fault.reset();
    server.connection->begin(commands[endpoint]);
    asked.push_back(server.connection.get());
  }
  RedisConnection::wait_for_all(asked);
}

cluster::StoreResult<std::vector<RedisReply>> RedisHotReader::finish(Server& server) {
  if (server.fault)
    return base::unexpected(*server.fault);
  auto replies = server.connection->finish();
  if (!replies) {
    server.fault = replies.error();
    server.rests_until = std::chrono::steady_clock::now() + kReaderRest;
  }
  return replies;
}

cluster::HotAnswer RedisHotReader::answer_of(const redisReply& reply, const Server& server,
                                             std::span<const core::Hour> hours) const {
  const auto fields = elements_of(reply);
  if (fields.size() == kFieldsBeforeHours.size() + hours.size())
    return hours_of(fields, hours, settings_.fingerprint);
  if (is_error(reply, "WRONGTYPE"))
    return std::vector<cluster::HotHour>(hours.size());
  return base::unexpected(fault_of_error(server.connection->server(),
                                         error_of(reply).value_or("something that was not asked for")));
}

std::vector<cluster::HotAnswer> RedisHotReader::read(std::span<const core::Hour> hours) {
  begin(hours);
  std::vector<cluster::HotAnswer> answers(settings_.partitions);
  for (std::size_t endpoint = 0; endpoint < servers_.size(); ++endpoint) {
    Server& server = servers_[endpoint];
    const auto replies = finish(server);
    for (std::size_t number = endpoint, place = 0; number < answers.size();
         number += servers_.size(), ++place) {
      if (replies)
        answers[number] = answer_of(*(*replies)[place], server, hours);
      else
        answers[number] = base::unexpected(replies.error());
    }
  }
  return answers;
}

}  // namespace hourglass::adapters
