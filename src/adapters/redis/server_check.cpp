#include "adapters/redis/server_check.hpp"

#include <charconv>
#include <utility>

#include "adapters/redis/connection.hpp"

namespace hourglass::adapters {
namespace {

using cluster::Remedy;

constexpr std::pair<int, int> kOldestVersion{6, 2};  // which has ZMSCORE and ZADD GT

/// The value of a line "name:value" of INFO; empty where there is none.
std::string_view info_value(std::string_view info, std::string_view name) {
  const std::string line = "\n" + std::string(name) + ":";
  const std::size_t at = info.find(line);
  if (at == std::string_view::npos)
    return {};
  const std::string_view rest = info.substr(at + line.size());
  return rest.substr(0, rest.find_first_of("\r\n"));
}

/// The first two numbers of "7.0.15"; zeros where it does not begin so.
std::pair<int, int> version_of(std::string_view text) {
  std::pair<int, int> version{0, 0};
  const char* const end = text.data() + text.size();
  const auto [dot, fault] = std::from_chars(text.data(), end, version.first);
  if (fault == std::errc{} && dot != end)
    std::from_chars(dot + 1, end, version.second);
  return version;
}

tl::unexpected<cluster::StoreFault> unfit(const std::string& server, const std::string& why) {
  return cluster::store_fault(Remedy::person, "redis " + server + ' ' + why);
}

bool is_about_access(std::string_view error) {
  return error.starts_with("NOAUTH") || error.starts_with("WRONGPASS") || error.starts_with("NOPERM") ||
         error.starts_with("ERR AUTH") || error.starts_with("ERR Client sent AUTH") ||
         error.starts_with("ERR invalid password");
}

/// One command, for whose refusal user or password are to blame.
cluster::StoreResult<std::string> ask(RedisConnection& connection, const RedisCommand& command) {
  const auto replies = connection.exchange({&command, 1});
  if (!replies)
    return base::unexpected(replies.error());
  const redisReply& reply = *replies->front();
  const auto error = error_of(reply);
  if (error && is_about_access(*error))
    return unfit(connection.server(), "answers " + std::string(*error) +
                                          ": redis.user and redis.password have to be those of a user who "
                                          "may read and write keys, run scripts, SCAN and INFO");
  if (error)
    return base::unexpected(fault_of_error(connection.server(), *error));
  return std::string(text_of(reply).value_or(""));
}

cluster::StoreResult<void> check_info(const std::string& server, std::string_view info) {
  const std::string version(info_value(info, "redis_version"));
  if (version.empty())
    return unfit(server, "does not say its version: redis.endpoints has to name servers of Redis");
  if (version_of(version) < kOldestVersion)
    return unfit(server, "is of version " + version + "; 6.2 is the oldest that will do");
  const std::string policy(info_value(info, "maxmemory_policy"));
  if (policy != "noeviction")
    return unfit(server, "has maxmemory-policy " + policy + ", with which numbers are lost; set noeviction");
  if (info_value(info, "cluster_enabled") == "1")
    return unfit(server, "is in cluster mode; redis.endpoints has to name servers of their own");
  return {};
}

/// Without a name at first, so that it is seen what the server says to the one that is set.
cluster::StoreResult<void> check_server(const RedisSettings& settings, std::size_t endpoint) {
  RedisSettings nameless = settings;
  nameless.password.clear();
  RedisConnection connection(nameless, endpoint);
  if (const RedisCommand who = authentication(settings); !who.empty()) {
    const auto taken = ask(connection, who);
    if (!taken)
      return base::unexpected(taken.error());
  }
  const auto info = ask(connection, {"INFO"});
  if (!info)
    return base::unexpected(info.error());
  if (auto checked = check_info(connection.server(), *info); !checked)
    return checked;
  const auto ran = ask(connection, {"EVAL", "return redis.call('PING')", "0"});
  if (!ran)
    return base::unexpected(ran.error());
  return {};
}

}  // namespace

cluster::StoreResult<void> check_redis(const RedisSettings& settings) {
  for (std::size_t endpoint = 0; endpoint < settings.endpoints.size(); ++endpoint) {
    if (auto checked = check_server(settings, endpoint); !checked)
      return checked;
  }
  return {};
}

}  // namespace hourglass::adapters
