#include "adapters/redis/testing/mad_server.hpp"

#include <array>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hourglass::adapters {
namespace {

constexpr int kTurn = 20;  // ms, between looks at whether to end

/// Waits for a turn; whether the descriptor is ready.
bool is_ready(int descriptor, short events) {
  pollfd waiting{descriptor, events, 0};
  return ::poll(&waiting, 1, kTurn) > 0;
}

}  // namespace

MadServer::MadServer(std::string first, std::string endless)
    : first_(std::move(first)),
      endless_(std::move(endless)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof(address);
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, plain, bytes) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, plain, &bytes) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

MadServer::~MadServer() {
  ends_ = true;
  thread_.join();
  ::close(listener_);
}

void MadServer::serve() {
  while (!ends_) {
    if (!is_ready(listener_, POLLIN))
      continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    answer(connection);
    ::close(connection);
  }
}

void MadServer::answer(int connection) {
  std::array<char, 4096> heard{};
  bool goes_on = true;
  while (!ends_ && goes_on) {
    if (!is_ready(connection, POLLIN))
      continue;
    goes_on = ::recv(connection, heard.data(), heard.size(), MSG_DONTWAIT) > 0 && send(connection, first_);
    while (!ends_ && goes_on && !endless_.empty())
      goes_on = send(connection, endless_);
  }
}

bool MadServer::send(int connection, const std::string& bytes) {
  std::size_t sent = 0;
  while (!ends_ && sent < bytes.size()) {
    if (!is_ready(connection, POLLOUT))
      continue;
    const ssize_t count =
        ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0)
      return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace hourglass::adapters
