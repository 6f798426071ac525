#include "adapters/redis/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

namespace hourglass::adapters {
namespace {

constexpr std::size_t kReceiveBytes = 64UL * 1024;

/// How hiredis makes an array when it reads an answer. Its own function takes whatever number of elements the
/// server announces and makes room for them; this one lets only small numbers pass. Which type the number has
/// differs between versions of hiredis.
template <typename Count>
void* bounded_array(const redisReadTask* task, Count elements) {
  if (static_cast<std::size_t>(elements) > kMostReplyElements)
    return nullptr;
  const auto* own = static_cast<const redisReplyObjectFunctions*>(task->privdata);
  return own->createArray(task, elements);
}

void bound_arrays(redisReader& reader) {
  // Those of every reader, which hiredis keeps for as long as the program runs.
  static const redisReplyObjectFunctions* const plain = reader.fn;
  static redisReplyObjectFunctions bounded = [] {
    redisReplyObjectFunctions functions = *plain;
    functions.createArray = &bounded_array;
    return functions;
  }();
  reader.fn = &bounded;
  reader.privdata = const_cast<redisReplyObjectFunctions*>(plain);
}

std::string milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

}  // namespace

RedisCommand authentication(const RedisSettings& settings) {
  if (settings.password.empty())
    return {};
  if (settings.user.empty())
    return {"AUTH", settings.password};
  return {"AUTH", settings.user, settings.password};
}

RedisConnection::RedisConnection(const RedisSettings& settings, std::size_t endpoint)
    : server_(to_string(settings.endpoints[endpoint])),
      endpoint_(settings.endpoints[endpoint]),
      authentication_(authentication(settings)),
      connect_limit_(settings.connect_limit),
      call_limit_(settings.call_limit) {}

RedisConnection::~RedisConnection() = default;

/// Closes the connection and keeps the reason until finish().
void RedisConnection::fail(const std::string& what) {
  context_.reset();
  fault_ = cluster::StoreFault{cluster::Remedy::retry, "redis " + server_ + ": " + what};
}

/// Whether the connection may be used again. One on which something arrives that nobody has asked for has
/// been closed by the server, or speaks another language.
bool RedisConnection::is_fit() const {
  if (context_ == nullptr)
    return false;
  pollfd waiting{context_->fd, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 0;
}

void RedisConnection::connect() {
  context_.reset(redisConnectNonBlock(endpoint_.host.c_str(), endpoint_.port));
  if (context_ == nullptr)
    return fail("no memory for a connection");
  if (context_->err != 0)
    return fail(std::string("cannot connect: ") + context_->errstr);
  bound_arrays(*context_->reader);
  is_connecting_ = true;
  connect_deadline_ = Clock::now() + connect_limit_;
  says_who_ = !authentication_.empty();
  if (says_who_)
    append(authentication_);
}

void RedisConnection::append(const RedisCommand& command) {
  std::vector<const char*> arguments;
  std::vector<std::size_t> lengths;
  for (const std::string& argument : command) {
    arguments.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  char* text = nullptr;
  const int bytes =
      redisFormatCommandArgv(&text, static_cast<int>(command.size()), arguments.data(), lengths.data());
  if (bytes < 0)
    return fail("no memory for a command");
  unsent_.append(text, static_cast<std::size_t>(bytes));
  redisFreeCommand(text);
  ++expected_;
}

void RedisConnection::begin(std::span<const RedisCommand> commands) {
  unsent_.clear();
  sent_ = received_ = expected_ = 0;
  replies_.clear();
  fault_.reset();
  says_who_ = false;
  if (!is_fit())
    connect();
  // The resolver's time is not that of the call.
  deadline_ = Clock::now() + call_limit_;
  for (const RedisCommand& command : commands) {
    if (!fault_)
      append(command);
  }
  if (!fault_ && !is_connecting_)
    send_some();
}

cluster::StoreResult<std::vector<RedisReply>> RedisConnection::finish() {
  RedisConnection* const self = this;
  wait_for_all({&self, 1});
  if (fault_)
    return base::unexpected(*fault_);
  if (says_who_) {
    if (const auto error = error_of(*replies_.front())) {
      context_.reset();  // what follows would be asked without a name
      return base::unexpected(fault_of_error(server_, *error));
    }
    replies_.erase(replies_.begin());
  }
  return std::move(replies_);
}

void RedisConnection::wait_for_all(std::span<RedisConnection* const> connections) {
  std::vector<pollfd> waiting;
  std::vector<RedisConnection*> owners;
  do {
    waiting.clear();
    owners.clear();
    const auto now = Clock::now();
    auto first = Clock::time_point::max();
    for (RedisConnection* const connection : connections) {
      if (connection->is_waiting() && connection->deadline() <= now)
        connection->fail_late();
      if (!connection->is_waiting())
        continue;
      first = std::min(first, connection->deadline());
      const int events = connection->has_to_send() ? POLLIN | POLLOUT : POLLIN;
      waiting.push_back({connection->context_->fd, static_cast<short>(events), 0});
      owners.push_back(connection);
    }
    if (waiting.empty())
      return;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - now);
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(left.count()));
    for (std::size_t index = 0; ready > 0 && index < waiting.size(); ++index) {
      if (waiting[index].revents != 0)
        owners[index]->go_on((waiting[index].revents & POLLOUT) != 0);
    }
  } while (true);
}

RedisConnection::Clock::time_point RedisConnection::deadline() const {
  return is_connecting_ ? std::min(deadline_, connect_deadline_) : deadline_;
}

void RedisConnection::fail_late() {
  fail(is_connecting_ ? "no connection within " + milliseconds(connect_limit_)
                      : "no answer within " + milliseconds(call_limit_));
}

/// Does what can be done without waiting.
void RedisConnection::go_on(bool can_send) {
  if (is_connecting_)
    return check_connected();
  if (can_send)
    send_some();
  if (!fault_)
    receive_some();
}

void RedisConnection::check_connected() {
  int error = 0;
  socklen_t bytes = sizeof(error);
  if (::getsockopt(context_->fd, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0)
    error = errno;
  if (error != 0)
    return fail(std::string("cannot connect: ") + std::strerror(error));
  is_connecting_ = false;
  send_some();
}

void RedisConnection::send_some() {
  while (sent_ < unsent_.size()) {
    const ssize_t sent =
        ::send(context_->fd, unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
      return;
    if (sent < 0)
      return fail(std::string("cannot send: ") + std::strerror(errno));
    sent_ += static_cast<std::size_t>(sent);
  }
}

void RedisConnection::receive_some() {
  std::array<char, kReceiveBytes> bytes;
  const ssize_t count = ::recv(context_->fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return;
  if (count < 0)
    return fail(std::string("cannot receive: ") + std::strerror(errno));
  if (count == 0)
    return fail("the connection was closed before the answer came");
  received_ += static_cast<std::size_t>(count);
  if (received_ > kMostReplyBytes)
    return fail("the answer is longer than any that Redis would give");
  if (redisReaderFeed(context_->reader, bytes.data(), static_cast<std::size_t>(count)) != REDIS_OK)
    return fail(std::string("not an answer of Redis: ") + context_->reader->errstr);
  take_replies();
}

void RedisConnection::take_replies() {
  while (replies_.size() < expected_) {
    void* reply = nullptr;
    if (redisReaderGetReply(context_->reader, &reply) != REDIS_OK)
      return fail(std::string("not an answer of Redis: ") + context_->reader->errstr);
    if (reply == nullptr)
      return;
    replies_.emplace_back(static_cast<redisReply*>(reply));
  }
  if (context_->reader->pos != context_->reader->len)
    fail("it answers more than was asked");
}

cluster::StoreResult<std::vector<RedisReply>> RedisConnection::exchange(
    std::span<const RedisCommand> commands) {
  begin(commands);
  return finish();
}

cluster::StoreResult<RedisReply> RedisConnection::call(const RedisCommand& command) {
  return only_reply(exchange({&command, 1}));
}

/// Of one command; what Redis refuses is a fault.
cluster::StoreResult<RedisReply> RedisConnection::only_reply(
    cluster::StoreResult<std::vector<RedisReply>> replies) const {
  if (!replies)
    return base::unexpected(std::move(replies.error()));
  RedisReply reply = std::move(replies->front());
  if (const auto error = error_of(*reply))
    return base::unexpected(fault_of_error(server_, *error));
  return reply;
}

cluster::StoreResult<RedisReply> RedisConnection::run(RedisScript& script,
                                                      const std::vector<std::string>& keys,
                                                      const std::vector<std::string>& arguments) {
  if (script.digest.empty()) {
    auto loaded = call({"SCRIPT", "LOAD", script.source});
    if (!loaded)
      return loaded;
    script.digest = text_of(**loaded).value_or("");
  }
  RedisCommand command{"EVALSHA", script.digest, std::to_string(keys.size())};
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto replies = exchange({&command, 1});
  if (replies && is_error(*replies->front(), "NOSCRIPT")) {
    command[0] = "EVAL";
    command[1] = script.source;
    return call(command);
  }
  return only_reply(std::move(replies));
}

}  // namespace hourglass::adapters
