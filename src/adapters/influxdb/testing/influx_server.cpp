#include "adapters/influxdb/testing/influx_server.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hourglass::adapters::influxdb {
namespace {

constexpr std::chrono::seconds kStartLimit{60};
constexpr std::chrono::milliseconds kPause{20};

/// A port that is free now. Another program may take it first: a start that fails for it is tried again.
int free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(listener);
  if (!bound)
    throw std::runtime_error("there is no free port");
  return ntohs(address.sin_port);
}

std::size_t ignore(const char*, std::size_t, std::size_t count, void*) {
  return count;
}

/// The status of an answer; 0 where there is none. With a body it is a POST.
long status_of(const std::string& url, const std::string& body = {}) {
  CURL* handle = curl_easy_init();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 5'000L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &ignore);
  if (!body.empty())
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
  long status = 0;
  if (curl_easy_perform(handle) == CURLE_OK)
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(handle);
  return status;
}

}  // namespace

std::string InfluxServer::program(Version version) {
  if (version == Version::two) {
    const char* named = std::getenv("TEST_INFLUXD2");
    return named != nullptr ? named : "";
  }
  constexpr const char* kDebian = "/usr/bin/influxd";
  return std::filesystem::exists(kDebian) ? kDebian : "";
}

InfluxServer::InfluxServer(Version version, Authorisation authorisation)
    : version_(version), port_(free_port()) {
  constexpr int kTries = 5;
  for (int attempt = 1; process_ < 0; ++attempt) {
    write_settings(authorisation);
    start();
    try {
      wait_until_ready();
    } catch (const std::runtime_error&) {
      kill();
      if (attempt == kTries)
        throw;
      port_ = free_port();
    }
  }
  if (version == Version::two) {
    set_up_two();
  } else if (authorisation == Authorisation::on) {
    const std::string statement =
        std::string("q=CREATE USER ") + kUser + " WITH PASSWORD '" + kPassword + "' WITH ALL PRIVILEGES";
    if (status_of(url() + "/query", statement) != 200)
      throw std::runtime_error("influxd takes no first user");
  }
}

InfluxServer::~InfluxServer() {
  kill();
}

std::string InfluxServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

void InfluxServer::write_settings(Authorisation authorisation) {
  const std::string path = directory_.path();
  directory_.write("influxdb.conf",
                   "reporting-disabled = true\nbind-address = \"127.0.0.1:0\"\n[meta]\ndir = \"" + path +
                       "/meta\"\n[data]\ndir = \"" + path + "/data\"\nwal-dir = \"" + path +
                       "/wal\"\n[monitor]\nstore-enabled = false\n[http]\nbind-address = \"127.0.0.1:" +
                       std::to_string(port_) + "\"\nlog-enabled = false\nauth-enabled = " +
                       (authorisation == Authorisation::on ? "true" : "false") + "\n");
}

std::vector<std::string> InfluxServer::command() const {
  const std::string path = directory_.path();
  if (version_ == Version::one)
    return {program(version_), "-config", path + "/influxdb.conf"};
  return {program(version_),
          "--reporting-disabled",
          "--bolt-path=" + path + "/influxd.bolt",
          "--sqlite-path=" + path + "/influxd.sqlite",
          "--engine-path=" + path + "/engine",
          "--http-bind-address=127.0.0.1:" + std::to_string(port_)};
}

void InfluxServer::start() {
  std::vector<std::string> words = command();
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string log = directory_ / "influxd.log";
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0)
    throw std::runtime_error("cannot start " + words[0]);
  if (process_ > 0)
    return;
  // Only what is safe between fork and exec. The server is not to outlive the test program.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (::getppid() == parent)
    ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

bool InfluxServer::runs() const {
  siginfo_t state{};
  return ::waitid(P_PID, static_cast<id_t>(process_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         state.si_pid == 0;
}

void InfluxServer::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  while (status_of(url() + (version_ == Version::one ? "/ping" : "/health")) / 100 != 2) {
    if (!runs() || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("influxd does not start");
    std::this_thread::sleep_for(kPause);
  }
}

void InfluxServer::set_up_two() {
  const std::string body = std::string(R"({"username":")") + kUser + R"(","password":")" + kPassword +
                           R"(","org":")" + kOrg + R"(","bucket":")" + kBucket + R"(","token":")" + kToken +
                           R"(","retentionPeriodSeconds":0})";
  if (status_of(url() + "/api/v2/setup", body) != 201)
    throw std::runtime_error("influxd cannot be set up");
}

void InfluxServer::kill() {
  if (process_ < 0)
    return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void InfluxServer::start_again() {
  start();
  wait_until_ready();
}

void InfluxServer::freeze() {
  ::kill(process_, SIGSTOP);
  siginfo_t state{};
  ::waitid(P_PID, static_cast<id_t>(process_), &state, WSTOPPED);  // not all threads stop at once
}

void InfluxServer::thaw() {
  ::kill(process_, SIGCONT);
}

}  // namespace hourglass::adapters::influxdb
