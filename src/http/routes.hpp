#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "http/request_head.hpp"

namespace hourglass::http {

/// What a request asks for.
enum class Handler : std::uint8_t {
  record_event,
  read_hour,
  record_batch,
  export_events,
  health,
  readiness,
  metrics,
};

/// What requests are counted by: the path of the route, or "unmatched".
enum class RouteName : std::uint8_t { analytics, batch, events, healthz, readyz, metrics, unmatched };

inline constexpr std::size_t kRouteNameCount = 7;

std::string_view to_string(RouteName name);

struct RouteMatch {
  RouteName name = RouteName::unmatched;
  std::string_view allowed;  // the methods of the path, as the header Allow has them
  base::Result<Handler> handler = base::fail(base::ErrorCode::not_found, "there is nothing under this path");
};

/// Finds the route; the handler's failure is not_found or method_not_allowed. Without the API there are the
/// routes for operating the process only.
RouteMatch match_route(Method method, std::string_view path, bool serves_api);

}  // namespace hourglass::http
