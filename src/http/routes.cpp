#include "http/routes.hpp"

#include <array>
#include <optional>

namespace hourglass::http {
namespace {

struct Route {
  std::string_view path;
  bool is_api;  // otherwise it is for operating the process
  RouteName name;
  std::string_view allowed;
  std::optional<Handler> get;  // HEAD goes where GET goes
  std::optional<Handler> post;
};

constexpr std::array<Route, 6> kRoutes{{
    {"/analytics", true, RouteName::analytics, "GET, HEAD, POST", Handler::read_hour, Handler::record_event},
    {"/analytics/batch", true, RouteName::batch, "POST", std::nullopt, Handler::record_batch},
    {"/analytics/events", true, RouteName::events, "GET, HEAD", Handler::export_events, std::nullopt},
    {"/healthz", false, RouteName::healthz, "GET, HEAD", Handler::health, std::nullopt},
    {"/readyz", false, RouteName::readyz, "GET, HEAD", Handler::readiness, std::nullopt},
    {"/metrics", false, RouteName::metrics, "GET, HEAD", Handler::metrics, std::nullopt},
}};

/// The path of `OPTIONS *`, which asks about the server and not about one of its paths.
constexpr std::string_view kWholeServer = "*";
constexpr std::string_view kMethodsOfAnyPath = "GET, HEAD, POST";
constexpr std::string_view kMethodsWithoutApi = "GET, HEAD";

std::optional<Handler> handler_of(const Route& route, Method method) {
  switch (method) {
    case Method::get:
    case Method::head: return route.get;
    case Method::post: return route.post;
    case Method::other: break;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(RouteName name) {
  for (const Route& route : kRoutes) {
    if (route.name == name)
      return route.path;
  }
  return "unmatched";
}

RouteMatch match_route(Method method, std::string_view path, bool serves_api) {
  const auto not_allowed =
      base::fail(base::ErrorCode::method_not_allowed, "this path does not take this method");
  for (const Route& route : kRoutes) {
    if (route.path != path)
      continue;
    if (route.is_api && !serves_api)
      return {RouteName::unmatched, {}, base::fail(base::ErrorCode::not_found, "this server has no API")};
    if (const auto handler = handler_of(route, method))
      return {route.name, route.allowed, *handler};
    return {route.name, route.allowed, not_allowed};
  }
  if (path == kWholeServer)
    return {RouteName::unmatched, serves_api ? kMethodsOfAnyPath : kMethodsWithoutApi, not_allowed};
  return {};
}

}  // namespace hourglass::http
