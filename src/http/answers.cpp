#include "http/answers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "http/error_status.hpp"

namespace hourglass::http {
namespace {

/// After how many seconds a request that was refused for want of something may be tried again.
constexpr std::string_view kRetryAfter = "Retry-After: 1\r\n";

/// The standard error of the approximate numbers, as a share: 1.04 over the root of 2^14 registers.
constexpr std::string_view kExact = "Hourglass-Uniques: exact\r\n";
constexpr std::string_view kApproximate = "Hourglass-Uniques: approximate;error=0.0081\r\n";

std::string_view status_line(int status) {
  switch (status) {
    case 200: return "HTTP/1.1 200 OK\r\n";
    case 204: return "HTTP/1.1 204 No Content\r\n";
    case 400: return "HTTP/1.1 400 Bad Request\r\n";
    case 403: return "HTTP/1.1 403 Forbidden\r\n";
    case 404: return "HTTP/1.1 404 Not Found\r\n";
    case 405: return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 408: return "HTTP/1.1 408 Request Timeout\r\n";
    case 413: return "HTTP/1.1 413 Content Too Large\r\n";
    case 414: return "HTTP/1.1 414 URI Too Long\r\n";
    case 415: return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 431: return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 503: return "HTTP/1.1 503 Service Unavailable\r\n";
    case 504: return "HTTP/1.1 504 Gateway Timeout\r\n";
    default: return "HTTP/1.1 500 Internal Server Error\r\n";
  }
}

/// "Bad Request" of "HTTP/1.1 400 Bad Request\r\n".
std::string_view reason_phrase(int status) {
  constexpr std::size_t kBefore = 13;
  const std::string_view line = status_line(status);
  return line.substr(kBefore, line.size() - kBefore - 2);
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

std::string_view name_of(ports::StoreCondition condition) {
  switch (condition) {
    case ports::StoreCondition::recovering: return "recovering";
    case ports::StoreCondition::ready: return "ready";
    case ports::StoreCondition::unavailable: return "unavailable";
    case ports::StoreCondition::closed: return "closed";
  }
  return "";
}

/// With everything replaced that a JSON string would want escaped.
std::string harmless(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) {
        return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ||
               static_cast<unsigned char>(c) > 0x7E;
      },
      '?');
  return text;
}

/// `"kafka":"ready: 3 brokers"`.
std::string member_of(const ports::DependencyState& dependency) {
  std::string text = dependency.ok ? "ready" : "unavailable";
  if (!dependency.state.empty())
    text += ": " + harmless(dependency.state);
  return '"' + harmless(dependency.name) + R"(":")" + text + '"';
}

}  // namespace

void Answers::set_time(core::Timestamp now) {
  if (now.value() / 1000 == second_)
    return;
  second_ = now.value() / 1000;
  const auto seconds = static_cast<std::time_t>(second_);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  // The program never sets a locale, so the names are those of the C locale.
  const std::size_t size =
      std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  date_.assign(text.data(), size);
}

void Answers::begin(std::string& out, int status, AnswerForm form) const {
  out += status_line(status);
  out += date_;
  if (form.persistence == Persistence::close)
    out += "Connection: close\r\n";
  else if (form.persistence == Persistence::keep_spoken)
    out += "Connection: keep-alive\r\n";
}

void Answers::end(std::string& out, AnswerForm form, std::string_view content_type, std::string_view body) {
  out += "Content-Type: ";
  out += content_type;
  out += "\r\nContent-Length: ";
  append_number(out, body.size());
  out += "\r\n\r\n";
  if (!form.head_only)
    out += body;
}

void Answers::no_content(std::string& out, AnswerForm form) const {
  begin(out, 204, form);
  out += "\r\n";
}

void Answers::totals(std::string& out, AnswerForm form, const ports::HourReading& reading) const {
  begin(out, 200, form);
  out += "Cache-Control: no-store\r\n";
  out += reading.uniques == ports::Uniques::exact ? kExact : kApproximate;
  out += reading.source == ports::Source::hot ? "Hourglass-Source: hot\r\n" : "Hourglass-Source: cold\r\n";
  if (reading.lag) {
    out += "Hourglass-Lag-Ms: ";
    append_number(out, static_cast<std::uint64_t>(std::max<std::int64_t>(reading.lag->count(), 0)));
    out += "\r\n";
  }
  std::string body;
  body.reserve(100);
  body += "unique_users,";
  append_number(body, reading.totals.unique_users);
  body += "\nclicks,";
  append_number(body, reading.totals.clicks);
  body += "\nimpressions,";
  append_number(body, reading.totals.impressions);
  body += '\n';
  end(out, form, "text/plain", body);
}

void Answers::text(std::string& out, AnswerForm form, int status, std::string_view content_type,
                   std::string_view body) const {
  begin(out, status, form);
  out += "Cache-Control: no-store\r\n";
  end(out, form, content_type, body);
}

void Answers::batch(std::string& out, AnswerForm form, std::string_view report,
                    std::chrono::seconds window) const {
  begin(out, 200, form);
  out += "Cache-Control: no-store\r\nHourglass-Idempotency-Window: ";
  append_number(out, static_cast<std::uint64_t>(window.count()));
  out += "\r\n";
  end(out, form, "application/json", report);
}

void Answers::events(std::string& out, AnswerForm form) const {
  begin(out, 200, form);
  out +=
      "Cache-Control: no-store\r\nContent-Type: application/x-ndjson\r\n"
      "Transfer-Encoding: chunked\r\nTrailer: Hourglass-Incomplete-Hours\r\n\r\n";
}

/// Codes, titles and sentences are the program's own words: nothing in them needs escaping.
void Answers::error(std::string& out, AnswerForm form, const base::Error& error,
                    std::string_view allowed) const {
  problem(out, form, error, allowed, {});
}

void Answers::readiness(std::string& out, AnswerForm form, const ports::StoreState& store) const {
  std::string dependencies = R"("dependencies":{"store":")" + std::string(name_of(store.condition)) + '"';
  for (const ports::DependencyState& dependency : store.dependencies)
    dependencies += ",\n" + member_of(dependency);
  dependencies += '}';
  const std::string detail = harmless(store.detail);
  if (store.condition == ports::StoreCondition::ready)
    text(out, form, 200, "application/json",
         R"({"status":"ready",)" + dependencies + R"(,"detail":")" + detail + "\"}\n");
  else
    problem(out, form, {base::ErrorCode::store_unavailable, detail}, {}, "," + dependencies);
}

/// `more`: members behind those that every problem has.
void Answers::problem(std::string& out, AnswerForm form, const base::Error& error, std::string_view allowed,
                      std::string_view more) const {
  const int status = status_of(error.code);
  begin(out, status, form);
  out += "Cache-Control: no-store\r\n";
  if (status == 503)
    out += kRetryAfter;
  if (error.code == base::ErrorCode::method_not_allowed) {
    out += "Allow: ";
    out += allowed;
    out += "\r\n";
  }
  std::string body = R"({"type":"about:blank","title":")";
  body += reason_phrase(status);
  body += R"(","status":)";
  append_number(body, static_cast<std::uint64_t>(status));
  body += R"(,"code":")";
  body += base::to_string(error.code);
  body += R"(","detail":")";
  body += error.message;
  body += '"';
  body += more;
  body += "}\n";
  end(out, form, "application/problem+json", body);
}

void Answers::go_on(std::string& out) const {
  out += "HTTP/1.1 100 Continue\r\n\r\n";
}

}  // namespace hourglass::http
