#include "http/statistics.hpp"

#include <algorithm>
#include <string>

namespace hourglass::http {
namespace {

double read(const std::atomic<std::uint64_t>& counter) {
  return static_cast<double>(counter.load(std::memory_order_relaxed));
}

}  // namespace

void Statistics::count_answer(RouteName route, int status, double seconds) {
  const auto found = std::find(kStatuses.begin(), kStatuses.end(), status);
  add(answers_[static_cast<std::size_t>(route)][static_cast<std::size_t>(found - kStatuses.begin())]);
  durations_[static_cast<std::size_t>(route)].record(seconds);
}

std::vector<ports::MetricFamily> http_metrics(std::span<const Statistics* const> threads,
                                              std::size_t open_connections) {
  using Type = ports::MetricType;
  ports::MetricFamily requests{
      "hourglass_http_requests_total", "Requests answered, by route and status code.", Type::counter, {}};
  ports::MetricFamily durations{"hourglass_http_request_duration_seconds",
                                "From the end of a request's headers until its answer is ready.",
                                Type::histogram,
                                {}};
  ports::MetricFamily refusals{
      "hourglass_refusals_total", "Requests refused, by the code of the error.", Type::counter, {}};
  double accepted = 0;
  for (const Statistics* thread : threads)
    accepted += read(thread->connections_accepted_);

  for (std::size_t route = 0; route < kRouteNameCount; ++route) {
    const std::string name(to_string(static_cast<RouteName>(route)));
    for (std::size_t status = 0; status < Statistics::kStatuses.size(); ++status) {
      double count = 0;
      for (const Statistics* thread : threads)
        count += read(thread->answers_[route][status]);
      if (count > 0)
        requests.samples.push_back(
            {{{"route", name}, {"code", std::to_string(Statistics::kStatuses[status])}}, count});
    }
    base::HistogramSnapshot duration = threads.front()->durations_[route].snapshot();
    for (const Statistics* thread : threads.subspan(1))
      duration.add(thread->durations_[route].snapshot());
    durations.samples.push_back({{{"route", name}}, duration});
  }
  for (std::size_t code = 0; code < base::kErrorCodeCount; ++code) {
    double count = 0;
    for (const Statistics* thread : threads)
      count += read(thread->refusals_[code]);
    refusals.samples.push_back(
        {{{"code", std::string(base::to_string(static_cast<base::ErrorCode>(code)))}}, count});
  }
  return {requests,
          durations,
          refusals,
          {"hourglass_http_connections",
           "Connections that are open.",
           Type::gauge,
           {{{}, static_cast<double>(open_connections)}}},
          {"hourglass_http_connections_accepted_total",
           "Connections accepted.",
           Type::counter,
           {{{}, accepted}}}};
}

}  // namespace hourglass::http
