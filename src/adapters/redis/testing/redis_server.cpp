#include "adapters/redis/testing/redis_server.hpp"

#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

[[noreturn]] void become_server(const std::vector<std::string>& words, const std::string& log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof(address);
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  const bool is_bound = ::bind(socket, plain, bytes) == 0 && ::getsockname(socket, plain, &bytes) == 0;
  ::close(socket);
  if (!is_bound)
    throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

RedisServer::RedisServer(std::vector<std::string> options)
    : options_(std::move(options)), port_(free_port()) {
  start();
}

RedisServer::~RedisServer() {
  kill();
}

void RedisServer::start() {
  std::vector<std::string> words{
      "redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1",   "--dir", directory_.path(),
      "--save",       "",       "--appendonly",        "yes",    "--daemonize", "no"};
  words.insert(words.end(), options_.begin(), options_.end());
  process_ = ::fork();
  if (process_ == 0)
    become_server(words, directory_ / "log");
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

void RedisServer::kill() {
  if (process_ <= 0)
    return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

void RedisServer::suspend() {
  ::kill(process_, SIGSTOP);
}

void RedisServer::resume() {
  ::kill(process_, SIGCONT);
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
