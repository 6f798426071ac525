#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/testing/server_process.hpp"
#include "base/testing/scratch_directory.hpp"

namespace hourglass::adapters {

/// A broker of Kafka of the tests' own, started from the jars in build/kafka or in TEST_KAFKA_JARS, on a free
/// port and with a directory of its own. Ends with the test program, however that ends.
class KafkaServer {
 public:
  /// Null where there are no jars or no Java; `reason` says so.
  static KafkaServer* shared(std::string& reason);

  KafkaServer(std::string java, std::string class_path);

  [[nodiscard]] std::string address() const;

  /// Starts it and waits until it answers; throws what it said when it does not.
  void start();
  void kill() { process_.reset(); }
  void freeze() { process_->freeze(); }
  void thaw() { process_->thaw(); }

 private:
  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> words) const;
  [[nodiscard]] std::unique_ptr<ServerProcess> spawn(std::vector<std::string> words) const;
  void write_properties() const;
  [[nodiscard]] bool answers() const;
  [[nodiscard]] std::string log_end() const;

  base::ScratchDirectory folder_;
  std::string java_;
  std::string class_path_;
  std::uint16_t port_;
  std::uint16_t controller_port_;
  std::unique_ptr<ServerProcess> process_;
};

}  // namespace hourglass::adapters
