#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hourglass::adapters {

/// A port of the loopback interface on which nobody listens. Another program may take it before it is used.
std::uint16_t free_port();

/// A program that runs in the background, what it says appended to a file. Killed with this object, and with
/// the thread that started it, however that ends. One thread at a time.
class ServerProcess {
 public:
  /// `words`: the program, found as a shell finds it, and its arguments. Throws where no process can be made.
  ServerProcess(std::vector<std::string> words, const std::filesystem::path& output);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] bool runs() const;

  /// The exit status, as waitpid() gives it, once it has ended by itself.
  int wait();

  /// It hangs, with all its threads: the system still takes connections, and nothing answers.
  void freeze();
  void thaw();

 private:
  pid_t process_;
};

}  // namespace hourglass::adapters
