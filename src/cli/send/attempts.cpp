#include "cli/send/attempts.hpp"

#include <algorithm>

namespace hourglass::cli {
namespace {

constexpr int kOk = 200;
constexpr int kRequestTimeout = 408;
constexpr int kTooLarge = 413;
constexpr int kTooMany = 429;
constexpr int kServerErrors = 500;
constexpr int kNotImplemented = 501;

/// Whether a report accounts for every line, and names refused ones each once and in their order.
bool is_about(const core::BatchReport& report, std::size_t lines) {
  std::uint64_t previous = 0;
  for (const core::BatchReport::Rejection& rejection : report.rejections) {
    if (rejection.line <= previous || rejection.line > lines)
      return false;
    previous = rejection.line;
  }
  return report.accepted + report.rejected == lines && report.rejections.size() == report.rejected;
}

Verdict taken(const ServerAnswer& answer, std::size_t lines) {
  auto report = core::parse_batch_report(answer.body);
  if (!report)
    return {Verdict::Kind::refused, {}, "the server " + answer.from + " does not answer as Hourglass does"};
  if (!is_about(*report, lines))
    return {Verdict::Kind::refused,
            {},
            "the report of the server " + answer.from + " is not about the lines that were sent"};
  return {Verdict::Kind::taken, *std::move(report), {}};
}

}  // namespace

Verdict verdict_of(const base::Expected<ServerAnswer, std::string>& answer, std::size_t lines) {
  if (!answer)
    return {Verdict::Kind::again, {}, answer.error()};
  if (answer->status == kOk)
    return taken(*answer, lines);
  if (answer->status == kTooLarge)
    return {Verdict::Kind::too_large, {}, answer->problem()};
  // Proxies answer for a server that is away with 502 and their own pages, and some shed load with 429.
  const bool is_servers_fault = answer->status >= kServerErrors && answer->status != kNotImplemented;
  const bool may_get_better =
      is_servers_fault || answer->status == kTooMany || answer->status == kRequestTimeout;
  return {may_get_better ? Verdict::Kind::again : Verdict::Kind::refused, {}, answer->problem()};
}

std::chrono::milliseconds Backoff::next(std::optional<std::chrono::seconds> retry_after) {
  const auto chosen = std::chrono::milliseconds{random_() % (static_cast<std::uint64_t>(bound_.count()) + 1)};
  bound_ = std::min(bound_ * 2, kLastBound);
  const std::chrono::milliseconds asked =
      std::min(retry_after.value_or(std::chrono::seconds{0}), kMostRetryAfter);
  return asked + chosen;
}

}  // namespace hourglass::cli
