#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "core/event_limits.hpp"
#include "ports/clock.hpp"
#include "ports/event_export.hpp"
#include "ports/event_store.hpp"
#include "ports/log.hpp"
#include "ports/metrics.hpp"

namespace hourglass::http {

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;  // 0 picks a free one
  std::size_t threads = 1;
  std::size_t max_connections = 10'000;
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_target_bytes = 8 * 1024;
  std::size_t max_body_bytes = 16 * 1024 * 1024;
  std::size_t max_batch_memory = 256 * 1024 * 1024;  // of all batches that are being received
  std::chrono::milliseconds header_timeout{std::chrono::seconds{10}};
  std::chrono::milliseconds idle_timeout{std::chrono::seconds{75}};
  std::chrono::milliseconds drain_timeout{std::chrono::seconds{5}};
  std::chrono::milliseconds idempotency_window{std::chrono::hours{24}};  // which batches are told
  core::EventLimits event_limits;
  bool serves_api = true;  // otherwise there are /healthz, /readyz and /metrics only
};

/// What the server answers from. All of it outlives the server, which is to be stopped before the store is
/// closed, and to be destroyed after that: until then it may get submissions and reads back.
struct Services {
  ports::EventStore& store;
  ports::EventExporter* exporter;  // none: what the store has recorded cannot be had from it
  const ports::Clock& clock;
  ports::Log& log;
  std::function<std::string()> render_metrics;  // the text of GET /metrics
};

/// The HTTP edge: its threads, its listening socket and its connections.
class Server final : public ports::MetricSource {
 public:
  /// Binds the address and begins to serve.
  static base::StartResult<std::unique_ptr<Server>> start(ServerSettings settings, Services services);
  ~Server() override;  // stop()

  [[nodiscard]] std::uint16_t port() const;

  /// Stops accepting, answers every request that has arrived completely, lets half-received ones complete
  /// within drain_timeout, ends the threads. The store must still be open.
  void stop();

  [[nodiscard]] std::vector<ports::MetricFamily> metrics() const override;

 private:
  class Implementation;
  explicit Server(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hourglass::http
