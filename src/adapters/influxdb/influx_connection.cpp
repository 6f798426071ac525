#include "adapters/influxdb/influx_connection.hpp"

#include <array>

#include <curl/curl.h>

#include "core/json/server_answer.hpp"

namespace hourglass::adapters::influxdb {
namespace {

using cluster::Remedy;
using cluster::store_fault;
using cluster::StoreFault;
using cluster::StoreResult;

constexpr int kOk = 200;
constexpr int kNoContent = 204;
// A page of the longest rows takes 4 MB.
constexpr std::size_t kMaxAnswerBytes = std::size_t{32} << 20U;

struct ListEnd {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using Headers = std::unique_ptr<curl_slist, ListEnd>;

void add_header(Headers& headers, const std::string& line) {
  curl_slist* longer = curl_slist_append(headers.get(), line.c_str());  // nothing: out of memory
  if (longer != nullptr && headers == nullptr)
    headers.reset(longer);
}

std::string header_of(CURL* handle, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(handle, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
    return {};
  return core::harmless_text(header->value);
}

std::string without_userinfo(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t at = url.rfind('@');
  if (scheme == std::string::npos || at == std::string::npos || at < scheme)
    return url;
  return url.substr(0, scheme + 3) + url.substr(at + 1);
}

/// The body of an answer as it arrives.
struct Body {
  std::string bytes;
  bool is_too_long = false;

  static std::size_t take(const char* bytes, std::size_t, std::size_t count, void* self) {
    auto& body = *static_cast<Body*>(self);
    body.is_too_long = body.bytes.size() + count > kMaxAnswerBytes;
    if (body.is_too_long)
      return 0;  // which ends the transfer
    body.bytes.append(bytes, count);
    return count;
  }
};

/// Whether an answer that is no success may become one without anybody doing anything about the points or the
/// queries: rights are given, a database is made, a server comes back.
bool may_pass(int status) {
  constexpr int kUnauthorized = 401;
  constexpr int kForbidden = 403;
  constexpr int kNotFound = 404;
  constexpr int kTimeout = 408;
  constexpr int kTooMany = 429;
  const bool is_refusal = status >= 400 && status < 500;
  return !is_refusal || status == kUnauthorized || status == kForbidden || status == kNotFound ||
         status == kTimeout || status == kTooMany;
}

/// Settings that every request has; those of the last one are gone, its connection is not.
void prepare(CURL* handle, const InfluxSettings& settings) {
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // in place of that of the environment
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "hourglass");
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(settings.answer_timeout.count()));
  if (!settings.user.empty()) {
    curl_easy_setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(handle, CURLOPT_USERNAME, settings.user.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, settings.password.c_str());
  }
}

Headers headers_of(const InfluxSettings& settings, bool is_form) {
  Headers headers;
  add_header(headers, "Accept: application/json");
  add_header(headers, "Expect:");  // waiting for 100 Continue would cost a round trip
  add_header(headers, is_form ? "Content-Type: application/x-www-form-urlencoded"
                              : "Content-Type: text/plain; charset=utf-8");
  if (settings.user.empty() && !settings.token.empty())
    add_header(headers, "Authorization: Token " + settings.token);
  return headers;
}

}  // namespace

void InfluxConnection::HandleEnd::operator()(void* handle) const {
  curl_easy_cleanup(handle);
}

InfluxConnection::InfluxConnection(const InfluxSettings& settings)
    : handle_(curl_easy_init()), settings_(settings) {
  while (settings_.url.ends_with('/'))
    settings_.url.pop_back();
  shown_url_ = without_userinfo(settings_.url);
}

StoreResult<void> InfluxConnection::write(std::string_view lines) {
  const auto answer = perform("/write?precision=ns&db=" + escaped(settings_.bucket), &lines);
  if (!answer)
    return tl::unexpected(answer.error());
  if (answer->status != kNoContent)
    return refusal(*answer);
  return {};
}

StoreResult<void> InfluxConnection::query(const std::string& text, const RowSink& sink,
                                          std::size_t statements) {
  const auto answer = ask(text);
  if (!answer)
    return tl::unexpected(answer.error());
  if (answer->status != kOk)
    return refusal(*answer);
  if (auto read = read_rows(answer->body, sink, statements); !read)
    return named(read.error());
  return {};
}

StoreResult<HttpAnswer> InfluxConnection::ask(const std::string& text) {
  // In chunks: an answer in one piece is cut off at the server's max-row-limit. A chunk is larger than any
  // answer here.
  const std::string body = "q=" + escaped(text);
  const std::string_view form = body;
  return perform("/query?epoch=ns&chunked=true&chunk_size=1000000&db=" + escaped(settings_.bucket), &form);
}

StoreResult<HttpAnswer> InfluxConnection::get(const std::string& path) {
  return perform(path, nullptr);
}

tl::unexpected<StoreFault> InfluxConnection::refusal(const HttpAnswer& answer) const {
  const std::string said = error_text(answer.body);
  return named({may_pass(answer.status) ? Remedy::retry : Remedy::person,
                "answers " + std::to_string(answer.status) + (said.empty() ? "" : ": " + said)});
}

tl::unexpected<StoreFault> InfluxConnection::named(const StoreFault& fault) const {
  return store_fault(fault.remedy, "InfluxDB at " + shown_url_ + " " + fault.message);
}

std::string InfluxConnection::escaped(std::string_view text) const {
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(handle_.get(), text.data(), static_cast<int>(text.size())), &curl_free);
  return escaped != nullptr ? escaped.get() : "";
}

StoreResult<HttpAnswer> InfluxConnection::perform(const std::string& path, const std::string_view* body) {
  CURL* handle = handle_.get();
  if (handle == nullptr)
    return named({Remedy::retry, "cannot be asked: no memory for a connection"});
  prepare(handle, settings_);
  const Headers headers = headers_of(settings_, path.starts_with("/query"));
  const std::string url = settings_.url + path;
  Body answered;
  std::array<char, CURL_ERROR_SIZE> why{};
  if (body != nullptr) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body->data());
  }
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Body::take);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answered);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, why.data());
  const CURLcode code = curl_easy_perform(handle);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  if (answered.is_too_long)
    return named({Remedy::retry, "gives an answer without end"});
  if (code != CURLE_OK) {
    const std::string reason = why[0] != '\0' ? why.data() : curl_easy_strerror(code);
    return named({Remedy::retry, "does not answer: " + core::harmless_text(reason)});
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return HttpAnswer{static_cast<int>(status), std::move(answered.bytes),
                    header_of(handle, "X-Influxdb-Version"), header_of(handle, "X-Influxdb-Build")};
}

}  // namespace hourglass::adapters::influxdb
