#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/testing/server_process.hpp"
#include "base/testing/scratch_directory.hpp"

namespace hourglass::adapters::influxdb {

/// A real InfluxDB for tests, on a free port of 127.0.0.1 and with a directory of its own; gone with the
/// object. Failing to start is an exception, which fails the test.
class InfluxServer {
 public:
  enum class Version { one, two };
  enum class Authorisation { off, on };

  /// What 2.x is set up with, and with authorisation 1.x too.
  static constexpr const char* kUser = "owner";
  static constexpr const char* kPassword = "owner-password";
  static constexpr const char* kToken = "owner-token";
  static constexpr const char* kOrg = "hourglass";
  static constexpr const char* kBucket = "analytics";

  /// The program of this version; empty where there is none: Debian's influxd is of 1.x, and TEST_INFLUXD2
  /// names one of 2.x.
  static std::string program(Version version);

  explicit InfluxServer(Version version, Authorisation authorisation = Authorisation::off);

  [[nodiscard]] std::string url() const;

  void kill() { process_.reset(); }  // -9
  void start_again();
  void freeze() { process_->freeze(); }
  void thaw() { process_->thaw(); }

 private:
  void start();
  void wait_until_ready();
  void set_up_two();
  void write_settings(Authorisation authorisation);
  [[nodiscard]] std::vector<std::string> command() const;

  Version version_;
  base::ScratchDirectory directory_;
  std::uint16_t port_;
  std::unique_ptr<ServerProcess> process_;
};

}  // namespace hourglass::adapters::influxdb
