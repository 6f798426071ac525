#include "adapters/kafka/testing/kafka_server.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include "adapters/kafka/kafka_handle.hpp"

namespace hourglass::adapters {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kStartLimit{60};
constexpr std::chrono::milliseconds kPause{50};
constexpr const char* kClusterId = "aG91cmdsYXNzLXRlc3RzLQ";
constexpr const char* kJava = "/usr/bin/java";
std::string class_path_of(const std::filesystem::path& folder) {
  std::string class_path;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".jar")
        class_path += (class_path.empty() ? "" : ":") + entry.path().string();
  return class_path;
}

}  // namespace

KafkaServer* KafkaServer::shared(std::string& reason) {
  const char* given = std::getenv("TEST_KAFKA_JARS");
  const std::string folder = given != nullptr ? given : HOURGLASS_KAFKA_JARS;
  const std::string class_path = class_path_of(folder);
  if (class_path.empty())
    reason = "there is no Kafka in " + folder + "; scripts/fetch-kafka.sh puts it there";
  else if (!std::filesystem::exists(kJava))
    reason = std::string("there is no ") + kJava;
  if (!reason.empty())
    return nullptr;
  static const auto server = [&] {
    auto started = std::make_unique<KafkaServer>(kJava, class_path);
    started->start();
    return started;
  }();
  return server.get();
}

KafkaServer::KafkaServer(std::string java, std::string class_path)
    : java_(std::move(java)), class_path_(std::move(class_path)), port_(free_port()) {
  do
    controller_port_ = free_port();
  while (controller_port_ == port_);
  write_properties();
  const auto format = spawn({"-Xmx64m", "kafka.tools.StorageTool", "format", "-t", kClusterId, "-c",
                             folder_ / "server.properties"});
  if (format->wait() != 0)
    throw std::runtime_error("formatting Kafka's folder failed:\n" + log_end());
}

std::string KafkaServer::address() const {
  return "127.0.0.1:" + std::to_string(port_);
}

void KafkaServer::write_properties() const {
  std::ostringstream text;
  text << "node.id=1\nprocess.roles=broker,controller\n"
       << "listeners=PLAINTEXT://" << address() << ",CONTROLLER://127.0.0.1:" << controller_port_ << "\n"
       << "advertised.listeners=PLAINTEXT://" << address() << "\n"
       << "controller.quorum.voters=1@127.0.0.1:" << controller_port_ << "\n"
       << "controller.listener.names=CONTROLLER\n"
       << "log.dirs=" << (folder_ / "data").string() << "\n"
       << "auto.create.topics.enable=false\n"
       << "group.initial.rebalance.delay.ms=0\ngroup.min.session.timeout.ms=1000\n"
       << "broker.session.timeout.ms=3000\nbroker.heartbeat.interval.ms=500\n"
       << "log.retention.check.interval.ms=1000\nlog.segment.delete.delay.ms=1000\n"
       << "num.io.threads=4\nnum.network.threads=2\n"
       << "offsets.topic.num.partitions=4\noffsets.topic.replication.factor=1\n"
       << "transaction.state.log.num.partitions=4\ntransaction.state.log.replication.factor=1\n"
       << "transaction.state.log.min.isr=1\n";
  static_cast<void>(folder_.write("server.properties", text.str()));
}

std::vector<std::string> KafkaServer::command(std::vector<std::string> words) const {
  std::vector<std::string> all{java_,          "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                               "-Xshare:auto", "-XX:-UsePerfData",        "-cp",
                               class_path_};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

std::unique_ptr<ServerProcess> KafkaServer::spawn(std::vector<std::string> words) const {
  return std::make_unique<ServerProcess>(command(std::move(words)), folder_ / "log");
}

void KafkaServer::start() {
  process_ = spawn({"-Xmx512m", "kafka.Kafka", folder_ / "server.properties"});
  const auto deadline = steady_clock::now() + kStartLimit;
  while (!answers()) {
    if (steady_clock::now() >= deadline || !process_->runs())
      throw std::runtime_error("Kafka does not start:\n" + log_end());
    std::this_thread::sleep_for(kPause);
  }
}

bool KafkaServer::answers() const {
  KafkaConf conf(rd_kafka_conf_new());
  std::array<char, 256> text{};
  rd_kafka_conf_set(conf.get(), "bootstrap.servers", address().c_str(), text.data(), text.size());
  rd_kafka_conf_set(conf.get(), "log_level", "0", text.data(), text.size());
  const KafkaClient client(rd_kafka_new(RD_KAFKA_PRODUCER, conf.release(), text.data(), text.size()));
  const rd_kafka_metadata_t* answer = nullptr;
  constexpr int kAnswerLimit = 500;  // milliseconds
  const auto error = rd_kafka_metadata(client.get(), 1, nullptr, &answer, kAnswerLimit);
  const KafkaOwned<const rd_kafka_metadata_t> metadata(answer);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->broker_cnt == 1;
}

std::string KafkaServer::log_end() const {
  constexpr std::size_t kShown = 6'000;  // bytes
  std::ifstream file(folder_ / "log");
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.substr(all.size() - std::min(all.size(), kShown));
}

}  // namespace hourglass::adapters
