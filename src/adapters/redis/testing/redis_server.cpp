#include "adapters/redis/testing/redis_server.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

#include <hiredis/hiredis.h>

namespace hourglass::adapters {
namespace {

constexpr std::chrono::seconds kStartLimit{30};
constexpr timeval kAnswerLimit{10, 0};

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};

std::string text_of_all(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER)
    return std::to_string(reply.integer);
  if (reply.type != REDIS_REPLY_ARRAY)
    return reply.str == nullptr ? "" : std::string(reply.str, reply.len);
  std::string text;
  for (std::size_t index = 0; index < reply.elements; ++index)
    text += (index == 0 ? "" : " ") + text_of_all(*reply.element[index]);
  return text;
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> options)
    : options_(std::move(options)), port_(free_port()) {
  start();
}

void RedisServer::start() {
  std::vector<std::string> words{
      "redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1",   "--dir", directory_.path(),
      "--save",       "",       "--appendonly",        "yes",    "--daemonize", "no"};
  words.insert(words.end(), options_.begin(), options_.end());
  process_ = std::make_unique<ServerProcess>(std::move(words), directory_ / "log");
  wait_until_it_answers();
}

void RedisServer::wait_until_it_answers() {
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::unique_ptr<redisContext, FreeContext> context(
        redisConnectWithTimeout("127.0.0.1", port_, kAnswerLimit));
    if (context != nullptr && context->err == 0) {
      auto* reply = static_cast<redisReply*>(redisCommand(context.get(), "PING"));
      const std::string said = reply == nullptr ? "LOADING" : text_of_all(*reply);
      freeReplyObject(reply);
      if (!said.starts_with("LOADING"))
        return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  throw std::runtime_error("redis-server does not start; packages.txt says what the tests need");
}

std::string RedisServer::command(const std::vector<std::string>& arguments) {
  const std::unique_ptr<redisContext, FreeContext> context(
      redisConnectWithTimeout("127.0.0.1", port_, kAnswerLimit));
  if (context == nullptr || context->err != 0)
    throw std::runtime_error("cannot connect to redis-server");
  redisSetTimeout(context.get(), kAnswerLimit);
  std::vector<const char*> words;
  std::vector<std::size_t> lengths;
  for (const std::string& argument : arguments) {
    words.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  auto* reply = static_cast<redisReply*>(
      redisCommandArgv(context.get(), static_cast<int>(words.size()), words.data(), lengths.data()));
  if (reply == nullptr)
    throw std::runtime_error("redis-server does not answer");
  std::string text = text_of_all(*reply);
  freeReplyObject(reply);
  return text;
}

}  // namespace hourglass::adapters
