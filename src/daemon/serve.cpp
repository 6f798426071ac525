#include "daemon/serve.hpp"

#include <atomic>
#include <memory>
#include <utility>

#include "daemon/command_line.hpp"
#include "daemon/logging.hpp"
#include "daemon/metrics_page.hpp"
#include "daemon/stop_signal.hpp"
#include "daemon/system_clock.hpp"

namespace hourglass::daemon {
namespace {

using ports::LogLevel;

/// Joins what the parts count into one page.
std::string metrics_page(const std::vector<const ports::MetricSource*>& sources) {
  std::vector<ports::MetricFamily> families = process_metrics();
  for (const ports::MetricSource* source : sources) {
    for (ports::MetricFamily& family : source->metrics())
      families.push_back(std::move(family));
  }
  return render_metrics(families);
}

}  // namespace

int serve(const Settings& settings, const std::vector<std::string>& passed_over) {
  StopSignal stop;
  StandardErrorLog standard_error(settings.log);
  ports::Log& log = standard_error;
  const SystemClock clock;
  for (const std::string& variable : passed_over)
    log.write(LogLevel::info, "an environment variable of Kubernetes is passed over",
              {{"variable", variable}});

  engine::Engine engine(settings.engine, clock, log);
  std::atomic<const http::Server*> started{nullptr};
  const auto render = [&] {
    const http::Server* server = started.load();
    return metrics_page(server == nullptr ? std::vector<const ports::MetricSource*>{&engine}
                                          : std::vector<const ports::MetricSource*>{&engine, server});
  };
  // The port is bound before recovery begins: who asks meanwhile is told to wait instead of being turned
  // away.
  auto server = http::Server::start(settings.http, {engine, clock, log, render});
  if (!server) {
    log.write(LogLevel::error, "cannot listen", {{"reason", server.error().message}});
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
