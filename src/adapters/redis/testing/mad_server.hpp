#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "adapters/redis/settings.hpp"

namespace hourglass::adapters {

/// Listens on a port of the loopback interface and answers whatever is said with the same bytes: first some,
/// then others again and again for as long as somebody takes them, or until there are none.
class MadServer {
 public:
  explicit MadServer(std::string first, std::string endless = "");
  ~MadServer();
  MadServer(const MadServer&) = delete;
  MadServer& operator=(const MadServer&) = delete;

  [[nodiscard]] RedisEndpoint endpoint() const { return {"127.0.0.1", port_}; }

 private:
  void serve();
  void answer(int connection);
  bool send(int connection, const std::string& bytes);

  std::string first_;
  std::string endless_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace hourglass::adapters
