#include "adapters/influxdb/testing/scripted_server.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hourglass::adapters::influxdb {
namespace {

constexpr int kPollMilliseconds = 20;

bool is_readable(int socket) {
  pollfd waited{socket, POLLIN, 0};
  return ::poll(&waited, 1, kPollMilliseconds) > 0;
}

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

ScriptedServer::ScriptedServer(std::string answer, Ending ending, std::string repeated)
    : ScriptedServer([answer = std::move(answer)](std::string_view) { return answer; }, ending,
                     std::move(repeated)) {}

ScriptedServer::ScriptedServer(Answers answers) : ScriptedServer(std::move(answers), Ending::close, {}) {}

ScriptedServer::ScriptedServer(Answers answers, Ending ending, std::string repeated)
    : answers_(std::move(answers)),
      ending_(ending),
      repeated_(std::move(repeated)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  stops_ = true;
  thread_.join();
  ::close(listener_);
}

std::string ScriptedServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::string ScriptedServer::answer(const std::string& status, const std::string& headers,
                                   const std::string& body) {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

void ScriptedServer::serve() {
  while (!stops_) {
    if (!is_readable(listener_))
      continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0)
      continue;
    talk(connection);
    ::close(connection);
  }
}

void ScriptedServer::talk(int connection) {
  std::string request;
  std::array<char, 65'536> buffer{};
  while (!stops_ && request.find("\r\n\r\n") == std::string::npos) {
    if (!is_readable(connection))
      continue;
    const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0)
      return;
    request.append(buffer.data(), static_cast<std::size_t>(got));
  }
  bool goes_on = send_all(connection, answers_(request));
  while (goes_on && !stops_ && ending_ == Ending::repeat_for_ever)
    goes_on = send_all(connection, repeated_);
  // What is left unread would reset the connection and take the answer with it.
  ::shutdown(connection, SHUT_WR);
  while (!stops_ && (!is_readable(connection) || ::recv(connection, buffer.data(), buffer.size(), 0) > 0)) {
  }
}

}  // namespace hourglass::adapters::influxdb
