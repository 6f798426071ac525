#include "adapters/redis/hot_copy.hpp"

#include <algorithm>
#include <random>

#include "adapters/redis/message_pack.hpp"
#include "adapters/redis/record_text.hpp"
#include "adapters/redis/scripts.hpp"

namespace hourglass::adapters {
namespace {

constexpr std::size_t kMostMembers = 2'000;      // of a set, in one command
constexpr std::size_t kMostCommands = 50;        // in one exchange
constexpr std::chrono::seconds kLifeMargin{60};  // in which no call begins that may find the copy gone
constexpr const char* kScanCount = "1000";

/// Tells one copy from every other.
std::string draw_nonce() {
  std::random_device random;
  const auto word = [&] { return std::uint64_t{random()} << 32U | random(); };
  return boot_text(cluster::BootId{word()}) + boot_text(cluster::BootId{word()});
}

/// "boot seen sequences; ..." as fields and values, in MessagePack; nothing where it is not of that form.
std::optional<std::string> pack_boots(std::string_view text) {
  MessagePack fields;
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t end = text.find(';');
    const std::string_view boot = text.substr(0, end);
    const std::size_t space = boot.find(' ');
    if (space == std::string_view::npos)
      return std::nullopt;
    fields.text(boot.substr(0, space));
    fields.text(boot.substr(space + 1));
    count += 2;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  MessagePack whole;
  whole.array(count);
  return whole.bytes() + fields.bytes();
}

std::string hour_text(const cluster::HourCopy& hour) {
  return std::to_string(hour.totals.clicks) + ' ' + std::to_string(hour.totals.impressions) + ' ' +
         std::to_string(hour.totals.unique_users) + ' ' + std::to_string(hour.next.value()) + ' ' +
         std::to_string(hour.next.value() - 1);
}

cluster::StoreResult<void> without_count(const cluster::StoreResult<std::int64_t>& made) {
  if (!made)
    return base::unexpected(made.error());
  return {};
}

}  // namespace

RedisHotCopy::RedisHotCopy(RedisConnection& connection, const PartitionKeys& keys,
                           const std::string& fingerprint)
    : connection_(connection),
      keys_(keys),
      fingerprint_(fingerprint),
      prefix_(keys.copy_prefix(draw_nonce())) {}

/// Sends commands that fill a key, some at a time, and lets the key live on for as long as a copy does.
cluster::StoreResult<std::int64_t> RedisHotCopy::put(std::vector<RedisCommand> commands,
                                                     const std::string& key) {
  if (std::chrono::steady_clock::now() - begin_ > kCopyLife - kLifeMargin)
    return cluster::store_fault(cluster::Remedy::retry,
                                "redis " + connection_.server() + ": a copy of the cold store took too long");
  commands.push_back({"EXPIRE", key, std::to_string(kCopyLife.count())});
  std::int64_t made = -1;  // EXPIRE gives 1
  for (std::size_t first = 0; first < commands.size(); first += kMostCommands) {
    const auto some = std::span(commands).subspan(first, std::min(kMostCommands, commands.size() - first));
    const auto replies = connection_.exchange(some);
    if (!replies)
      return base::unexpected(replies.error());
    for (const RedisReply& reply : *replies) {
      if (const auto error = error_of(*reply))
        return base::unexpected(fault_of_error(connection_.server(), *error));
      made += reply->integer;
    }
  }
  return made;
}

cluster::StoreResult<void> RedisHotCopy::put_keys(std::span<const cluster::RememberedKey> keys) {
  if (keys.empty())
    return {};
  const std::string key = prefix_ + "iks";
  std::vector<RedisCommand> commands;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    if (index % kMostMembers == 0)
      commands.push_back({"ZADD", key, "GT"});
    commands.back().push_back(std::to_string(keys[index].time.value()));
    commands.back().emplace_back(bytes_of(keys[index].key));
  }
  const auto made = put(std::move(commands), key);
  if (!made)
    return base::unexpected(made.error());
  key_count_ += *made;
  return {};
}

cluster::StoreResult<void> RedisHotCopy::put_hour(const cluster::HourCopy& hour) {
  const std::string key = prefix_ + "hours";
  ++hours_;
  return without_count(put({{"HSET", key, std::to_string(hour.hour.value()), hour_text(hour)}}, key));
}

cluster::StoreResult<void> RedisHotCopy::put_users(core::Hour hour, std::span<const cluster::UserId> users) {
  if (users.empty())
    return {};
  const std::string key = prefix_ + "u:" + std::to_string(hour.value());
  std::vector<RedisCommand> commands;
  for (std::size_t index = 0; index < users.size(); ++index) {
    if (index % kMostMembers == 0)
      commands.push_back({"SADD", key});
    commands.back().push_back(std::to_string(users[index].value()));
  }
  return without_count(put(std::move(commands), key));
}

/// The sets of users that are there, those too that no meta names because it was lost.
cluster::StoreResult<std::vector<std::string>> RedisHotCopy::user_sets() {
  std::vector<std::string> found;
  std::string cursor = "0";
  do {
    const auto reply =
        connection_.call({"SCAN", cursor, "MATCH", keys_.users_prefix() + '*', "COUNT", kScanCount});
    if (!reply)
      return base::unexpected(reply.error());
    const auto parts = elements_of(**reply);
    const auto next = parts.size() == 2 ? text_of(*parts[0]) : std::nullopt;
    if (!next)
      return cluster::store_fault(cluster::Remedy::retry,
                                  "redis " + connection_.server() + ": not an answer to SCAN");
    for (const redisReply* key : elements_of(*parts[1]))
      found.emplace_back(text_of(*key).value_or(""));
    cursor = *next;
  } while (cursor != "0");
  return found;
}

/// Twice where the first run had to make room for meta.
cluster::StoreResult<RedisReply> RedisHotCopy::run_place(const std::vector<std::string>& arguments) {
  const std::vector<std::string> keys{keys_.meta(), keys_.boots(), keys_.keys(), prefix_ + "hours",
                                      prefix_ + "iks"};
  RedisScript script = place_script();
  auto answer = connection_.run(script, keys, arguments);
  const auto parts = answer ? elements_of(**answer) : std::vector<const redisReply*>{};
  if (!parts.empty() && text_of(*parts[0]) == "cleared")
    return connection_.run(script, keys, arguments);
  return answer;
}

cluster::StoreResult<bool> RedisHotCopy::put_in_place(std::optional<cluster::Offset> seen,
                                                      const cluster::StorePosition& position,
                                                      const std::string& boots, core::Hour floor) {
  const auto packed_boots = pack_boots(boots);
  if (!packed_boots)
    return cluster::store_fault(cluster::Remedy::person, "the cold store's producers are not of their form");
  const auto sets = user_sets();
  if (!sets)
    return base::unexpected(sets.error());
  std::vector<std::string> arguments{fingerprint_,
                                     seen ? std::to_string(seen->value()) : "",
                                     std::to_string(position.next.value()),
                                     std::to_string(position.time.value()),
                                     position.last ? last_record_text(*position.last) : "",
                                     std::to_string(floor.value()),
                                     keys_.users_prefix(),
                                     prefix_ + "u:",
                                     std::to_string(hours_),
                                     std::to_string(key_count_),
                                     *packed_boots};
  arguments.insert(arguments.end(), sets->begin(), sets->end());
  const auto answer = run_place(arguments);
  if (!answer)
    return base::unexpected(answer.error());
  const auto parts = elements_of(**answer);
  const auto outcome = parts.empty() ? std::nullopt : text_of(*parts[0]);
  if (outcome == "placed" || outcome == "moved")
    return outcome == "placed";
  if (outcome == "fingerprint")
    return base::unexpected(other_fingerprint(connection_.server(), keys_.meta()));
  const auto what = parts.size() < 2 ? std::nullopt : text_of(*parts[1]);
  return cluster::store_fault(cluster::Remedy::retry, "redis " + connection_.server() +
                                                          ": the copy of the cold store is not whole: " +
                                                          std::string(what.value_or("")));
}

}  // namespace hourglass::adapters
