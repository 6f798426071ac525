#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/settings.hpp"
#include "adapters/testing/server_process.hpp"
#include "base/testing/scratch_directory.hpp"

namespace hourglass::adapters {

/// A real redis-server on a port of its own, with a directory of its own; ends with this object, or with the
/// program. Throws where there is none, or it does not answer.
class RedisServer {
 public:
  /// `options` as the command line of redis-server has them: {"--requirepass", "secret"}.
  explicit RedisServer(std::vector<std::string> options = {});

  [[nodiscard]] RedisEndpoint endpoint() const { return {"127.0.0.1", port_}; }

  /// Where it writes what it did.
  [[nodiscard]] std::filesystem::path append_only_file() const {
    return directory_ / "appendonlydir" / "appendonly.aof.1.incr.aof";
  }

  /// Starts it again, on the same port and files.
  void start();
  /// As kill -9 does.
  void kill() { process_.reset(); }
  /// It hangs: the system still takes connections, and nothing answers.
  void suspend() { process_->freeze(); }
  void resume() { process_->thaw(); }

  /// What it answers to a command, as text; arrays as their elements with spaces between.
  std::string command(const std::vector<std::string>& arguments);

 private:
  void wait_until_it_answers();

  base::ScratchDirectory directory_;
  std::vector<std::string> options_;
  std::uint16_t port_;
  std::unique_ptr<ServerProcess> process_;
};

}  // namespace hourglass::adapters
