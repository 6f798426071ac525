#include "adapters/influxdb/testing/influx_server.hpp"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <curl/curl.h>

namespace hourglass::adapters::influxdb {
namespace {

constexpr std::chrono::seconds kStartLimit{60};
constexpr std::chrono::milliseconds kPause{20};

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
  for (int attempt = 1; process_ == nullptr; ++attempt) {
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
  process_ = std::make_unique<ServerProcess>(command(), directory_ / "influxd.log");
}

void InfluxServer::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  while (status_of(url() + (version_ == Version::one ? "/ping" : "/health")) / 100 != 2) {
    if (!process_->runs() || std::chrono::steady_clock::now() > deadline)
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

void InfluxServer::start_again() {
  start();
  wait_until_ready();
}

}  // namespace hourglass::adapters::influxdb
