#include "adapters/testing/server_process.hpp"

#include <csignal>
#include <random>
#include <stdexcept>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hourglass::adapters {
namespace {

// Below the range from which Linux takes the ports of outgoing connections.
constexpr int kFirstPort = 18'000;
constexpr int kLastPort = 31'999;

bool is_free(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool is_bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return is_bound;
}

/// In the new process: only what is safe between fork and exec.
[[noreturn]] void become(char* const* arguments, const char* output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = ::open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  if (::getppid() == parent)
    ::execvp(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

std::uint16_t free_port() {
  std::random_device device;
  std::uniform_int_distribution<int> ports(kFirstPort, kLastPort);
  while (true) {
    const auto port = static_cast<std::uint16_t>(ports(device));
    if (is_free(port))
      return port;
  }
}

ServerProcess::ServerProcess(std::vector<std::string> words, const std::filesystem::path& output) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0)
    throw std::runtime_error("cannot start " + words[0]);
  if (process_ == 0)
    become(arguments.data(), output.c_str(), parent);
}

ServerProcess::~ServerProcess() {
  if (process_ == 0)
    return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

bool ServerProcess::runs() const {
  siginfo_t state{};
  return ::waitid(P_PID, static_cast<id_t>(process_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         state.si_pid == 0;
}

int ServerProcess::wait() {
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = 0;
  return status;
}

void ServerProcess::freeze() {
  ::kill(process_, SIGSTOP);
  siginfo_t state{};
  ::waitid(P_PID, static_cast<id_t>(process_), &state, WSTOPPED);  // not all threads stop at once
}

void ServerProcess::thaw() {
  ::kill(process_, SIGCONT);
}

}  // namespace hourglass::adapters
