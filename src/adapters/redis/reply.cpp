#include "adapters/redis/reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace hourglass::adapters {
namespace {

constexpr std::size_t kMostErrorBytes = 300;  // of a message for people

/// How errors begin that no waiting ends: a server that lacks commands or cannot run the scripts, a Redis
/// Cluster of which the list of endpoints is another.
constexpr std::array<std::string_view, 6> kLasting = {
    "ERR unknown command", "ERR Error compiling script", "ERR Error running script", "MOVED ", "CROSSSLOT ",
    "ERR user_script:"};

}  // namespace

std::optional<std::string_view> text_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_STRING && reply.type != REDIS_REPLY_STATUS)
    return std::nullopt;
  return std::string_view(reply.str, reply.len);
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = fault == std::errc{} && end == text.data() + text.size();
  return is_number ? std::optional(number) : std::nullopt;
}

std::optional<std::int64_t> number_of(const redisReply& reply) {
  const auto text = text_of(reply);
  return text ? number_of(*text) : std::nullopt;
}

bool is_untorn(const redisReply& opened, const redisReply& closed) {
  const auto begun = number_of(opened);
  return begun && begun == number_of(closed);
}

std::optional<std::string_view> error_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ERROR)
    return std::nullopt;
  return std::string_view(reply.str, reply.len);
}

bool is_error(const redisReply& reply, std::string_view code) {
  const auto error = error_of(reply);
  return error && error->starts_with(code);
}

std::vector<const redisReply*> elements_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY)
    return {};
  return {reply.element, reply.element + reply.elements};
}

cluster::StoreFault fault_of_error(const std::string& server, std::string_view error) {
  const bool lasts = std::any_of(kLasting.begin(), kLasting.end(),
                                 [&](std::string_view known) { return error.starts_with(known); });
  return {lasts ? cluster::Remedy::person : cluster::Remedy::retry,
          "redis " + server + " answers " + std::string(error.substr(0, kMostErrorBytes))};
}

}  // namespace hourglass::adapters
