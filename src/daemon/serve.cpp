#include "daemon/serve.hpp"

#include <atomic>
#include <memory>
#include <utility>

#include "base/stop_signal.hpp"
#include "daemon/command_line.hpp"
#include "daemon/logging.hpp"
#include "daemon/metrics_page.hpp"
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

}  // namespace

int serve(const Settings& settings, const std::vector<std::string>& passed_over) {
  base::StopSignal stop;
  const SystemClock clock;
  const core::Timestamp began = clock.now();
  StandardErrorLog standard_error(settings.log, clock);
  ports::Log& log = standard_error;
  log_passed_over(log, passed_over);

  engine::Engine engine(settings.engine, clock, log);
  std::atomic<const http::Server*> started{nullptr};
  const auto render = [&] {
    std::vector<const ports::MetricSource*> sources{&engine};
    if (const http::Server* server = started.load(); server != nullptr)
      sources.push_back(server);
    return metrics_page(began, sources);
  };
  // The port is bound before recovery begins: who asks meanwhile is told to wait instead of being turned
  // away.
  auto server = http::Server::start(settings.http, {engine, &engine, clock, log, render});
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
  engine.start([&](const base::StartFailure& failure) {
    log.write(LogLevel::error, "cannot open the store", {{"reason", failure.message}});
    failed = true;
    stop.raise();
  });

  stop.wait();
  log.write(LogLevel::info, "stopping");
  (*server)->stop();
  engine.close();
  log.write(LogLevel::info, "stopped");
  return failed ? kExitFailed : kExitDone;
}

}  // namespace hourglass::daemon
