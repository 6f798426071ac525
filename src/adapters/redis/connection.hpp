#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/redis/reply.hpp"
#include "adapters/redis/settings.hpp"
#include "cluster/stores/store_fault.hpp"

namespace hourglass::adapters {

/// A command and its arguments, which may hold any bytes.
using RedisCommand = std::vector<std::string>;

/// A script in Lua; its digest is what the server called it, once it has it.
struct RedisScript {
  std::string source;
  std::string digest;
};

/// What a server may answer to one exchange, before it is taken for mad.
inline constexpr std::size_t kMostReplyBytes = 16U << 20U;
/// Elements of one array.
inline constexpr std::size_t kMostReplyElements = 1U << 20U;

/// A connection to one server, made when it is needed and made again where it has ended. An exchange takes
/// the call limit at the most, and its answers a bounded amount of memory; only resolving a name may take as
/// long as the system's resolver does. After a time-out, a cut or an answer that is none, what was asked may
/// have been done or not; the connection is closed, so that no answer is ever taken for that of another
/// question. One thread at a time.
class RedisConnection {
 public:
  /// To the endpoint at this place in the list.
  RedisConnection(const RedisSettings& settings, std::size_t endpoint);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// "host:port", for messages.
  [[nodiscard]] const std::string& server() const { return server_; }

  /// Sends commands as far as that goes without waiting. finish() must follow, before the next begin().
  void begin(std::span<const RedisCommand> commands);
  /// Waits for the answers, in the order of the commands; errors that Redis answers are among them.
  cluster::StoreResult<std::vector<RedisReply>> finish();

  /// Lets several go on until each has its answers or has failed, so that none waits for another; finish()
  /// then does not wait.
  static void wait_for_all(std::span<RedisConnection* const> connections);

  /// Both at once.
  cluster::StoreResult<std::vector<RedisReply>> exchange(std::span<const RedisCommand> commands);

  /// One command; an error that Redis answers is a fault.
  cluster::StoreResult<RedisReply> call(const RedisCommand& command);

  /// Runs a script by its digest, and sends it only where the server does not have it. An error is a fault.
  cluster::StoreResult<RedisReply> run(RedisScript& script, const std::vector<std::string>& keys,
                                       const std::vector<std::string>& arguments);

 private:
  using Clock = std::chrono::steady_clock;
  struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
  };

  [[nodiscard]] cluster::StoreResult<RedisReply> only_reply(
      cluster::StoreResult<std::vector<RedisReply>> replies) const;
  void connect();
  void append(const RedisCommand& command);
  void fail(const std::string& what);
  [[nodiscard]] bool is_fit() const;
  void send_some();
  void receive_some();
  void take_replies();
  void check_connected();
  [[nodiscard]] bool is_waiting() const { return !fault_ && replies_.size() < expected_; }
  [[nodiscard]] Clock::time_point deadline() const;
  [[nodiscard]] bool has_to_send() const { return is_connecting_ || sent_ < unsent_.size(); }
  void fail_late();
  void go_on(bool can_send);

  std::string server_;
  RedisEndpoint endpoint_;
  RedisCommand authentication_;  // empty: none
  std::chrono::milliseconds connect_limit_;
  std::chrono::milliseconds call_limit_;

  std::unique_ptr<redisContext, FreeContext> context_;
  bool is_connecting_ = false;
  Clock::time_point connect_deadline_;

  // One exchange.
  std::string unsent_;
  std::size_t sent_ = 0;  // of unsent_
  std::size_t received_ = 0;
  std::size_t expected_ = 0;
  bool says_who_ = false;  // the first answer is that to who is there
  std::vector<RedisReply> replies_;
  Clock::time_point deadline_;
  std::optional<cluster::StoreFault> fault_;
};

/// The command that says who is there; empty where nothing is to be said.
RedisCommand authentication(const RedisSettings& settings);

}  // namespace hourglass::adapters
