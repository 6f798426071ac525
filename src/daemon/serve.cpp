#include "daemon/serve.hpp"

#include <atomic>
#include <memory>
#include <utility>

#include "base/stop_signal.hpp"
#include "daemon/backend.hpp"
#include "daemon/command_line.hpp"
#include "daemon/logging.hpp"
#include "daemon/metrics_page.hpp"
#include "daemon/replica.hpp"
#include "daemon/system_clock.hpp"

namespace hourglass::daemon {
namespace {

using ports::LogLevel;

/// Joins what the parts count into one page.
std::string metrics_page(core::Timestamp began, const std::vector<const ports::MetricSource*>& sources) {
  std::vector<ports::MetricFamily> families = process_metrics(began);
  for (const ports::MetricSource* source : sources) {
    for (ports::MetricFamily& family : source->metrics())
      families.push_back(std::move(family));
  }
  return render_metrics(families);
}

void log_passed_over(ports::Log& log, const std::vector<std::string>& variables) {
  if (variables.empty())
    return;
  std::string names;
  for (const std::string& variable : variables)
    names += (names.empty() ? "" : " ") + variable;
  log.write(LogLevel::info, "environment variables of Kubernetes are passed over", {{"variables", names}});
}

/// The engine of one machine as a backend.
class EmbeddedBackend final : public Backend {
 public:
  EmbeddedBackend(const engine::EngineSettings& settings, const ports::Clock& clock, ports::Log& log)
      : engine_(settings, clock, log) {}

  ports::EventStore& store() override { return engine_; }
  ports::EventExporter* exporter() override { return &engine_; }
  void start(std::function<void(base::StartFailure)> on_failed) override {
    engine_.start(std::move(on_failed));
  }
  void close() override { engine_.close(); }
  [[nodiscard]] std::vector<ports::MetricFamily> metrics() const override { return engine_.metrics(); }

 private:
  engine::Engine engine_;
};

base::Expected<std::unique_ptr<Backend>, std::string> make_backend(const Settings& settings,
                                                                   const ports::Clock& clock,
                                                                   ports::Log& log) {
  if (!settings.cluster.enabled)
    return std::make_unique<EmbeddedBackend>(settings.engine, clock, log);
  auto cluster = complete(settings.cluster);
  if (!cluster)
    return base::unexpected(std::move(cluster.error()));
  return std::make_unique<Replica>(std::move(*cluster), clock, log);
}

/// Serves until it is told to end, or the backend cannot be had.
int run(const Settings& settings, const ports::Clock& clock, ports::Log& log, Backend& backend,
        base::StopSignal& stop) {
  const core::Timestamp began = clock.now();
  std::atomic<const http::Server*> started{nullptr};
  const auto render = [&] {
    std::vector<const ports::MetricSource*> sources{&backend};
    if (const http::Server* server = started.load(); server != nullptr)
      sources.push_back(server);
    return metrics_page(began, sources);
  };
  // The port is bound before recovery begins: who asks meanwhile is told to wait instead of being turned
  // away.
  auto server = http::Server::start(settings.http, {backend.store(), backend.exporter(), clock, log, render});
  if (!server) {
    log.write(LogLevel::error, "cannot listen",
              {{"address", settings.http.address},
               {"port", std::int64_t{settings.http.port}},
               {"reason", server.error().message}});
    return kExitFailed;
  }
  started = server->get();
  log.write(LogLevel::info, "listening",
            {{"address", settings.http.address}, {"port", std::int64_t{(*server)->port()}}});

  std::atomic<bool> failed{false};
  backend.start([&](const base::StartFailure& failure) {
    log.write(LogLevel::error, "cannot open the store", {{"reason", failure.message}});
    failed = true;
    stop.raise();
  });

  stop.wait();
  log.write(LogLevel::info, "stopping");
  (*server)->stop();
  backend.close();
  log.write(LogLevel::info, "stopped");
  if (!failed)
    return kExitDone;
  return settings.cluster.enabled ? kExitUsage : kExitFailed;  // a server that is not what the settings say
}

}  // namespace

int serve(const Settings& settings, const std::vector<std::string>& passed_over) {
  base::StopSignal stop;  // before any other thread, so that none of them gets the signals
  const SystemClock clock;
  StandardErrorLog log(settings.log, clock);
  log_passed_over(log, passed_over);
  const auto backend = make_backend(settings, clock, log);
  if (!backend) {
    log.write(LogLevel::error, "wrong settings", {{"reason", backend.error()}});
    return kExitUsage;
  }
  return run(settings, clock, log, **backend, stop);
}

}  // namespace hourglass::daemon
