#include "adapters/redis/settings.hpp"

#include <charconv>

namespace hourglass::adapters {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_port = fault == std::errc{} && end == text.data() + text.size() && port != 0;
  return is_port ? std::optional(port) : std::nullopt;
}

}  // namespace

std::optional<RedisEndpoint> parse_redis_endpoint(std::string_view text) {
  const bool in_brackets = text.starts_with('[');
  const std::size_t end = in_brackets ? text.find(']') : text.find(':');
  if (in_brackets && end == std::string_view::npos)
    return std::nullopt;
  const std::string_view host = in_brackets ? text.substr(1, end - 1) : text.substr(0, end);
  std::string_view rest = end == std::string_view::npos ? "" : text.substr(in_brackets ? end + 1 : end);
  if (host.empty() || host.find_first_of(" /@") != std::string_view::npos)
    return std::nullopt;
  if (rest.empty())
    return RedisEndpoint{std::string(host), kRedisPort};
  if (!rest.starts_with(':'))
    return std::nullopt;
  const auto port = parse_port(rest.substr(1));
  return port ? std::optional(RedisEndpoint{std::string(host), *port}) : std::nullopt;
}

std::string to_string(const RedisEndpoint& endpoint) {
  const bool is_address_6 = endpoint.host.find(':') != std::string::npos;
  return (is_address_6 ? '[' + endpoint.host + ']' : endpoint.host) + ':' + std::to_string(endpoint.port);
}

}  // namespace hourglass::adapters
