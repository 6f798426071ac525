#include "cli/server/server_client.hpp"

#include <array>
#include <charconv>

#include <curl/curl.h>

#include "core/json/server_answer.hpp"

namespace hourglass::cli {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{5'000};
constexpr std::chrono::milliseconds kAnswerTimeout{60'000};         // of a request that is not a stream
constexpr std::chrono::seconds kSilence{60};                        // after which a stream is given up
constexpr std::size_t kMaxIncompleteHours = std::size_t{8} << 10U;  // bytes; 64 spans take 3 KiB
constexpr std::size_t kMaxAnswerBytes = std::size_t{4} << 20U;

struct UrlEnd {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

struct ListEnd {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// A part of a URL; empty where it has none.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
    return {};
  std::string result = text;
  curl_free(text);
  return result;
}

/// The URL without a slash at its end.
std::string text_of(CURLU* url) {
  std::string text = part_of(url, CURLUPART_URL);
  while (text.ends_with('/'))
    text.pop_back();
  return text;
}

struct CheckedUrl {
  std::string url;
  std::string shown;  // without the name and the password that it may hold
  bool is_local;      // on this machine
};

bool is_local_host(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

base::Expected<CheckedUrl, std::string> checked_url(const std::string& text) {
  const auto refusal = [&](const std::string& why) {
    // The text may hold a password, wherever it may stand in what is no URL.
    return base::unexpected("the server " + text.substr(text.rfind('@') + 1) + " is not a URL such as " +
                            std::string(kDefaultServer) + ": " + why);
  };
  const std::unique_ptr<CURLU, UrlEnd> url(curl_url());
  if (text.find("://") == std::string::npos)
    return refusal("it has no http:// or https://");
  if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0); code != CURLUE_OK)
    return refusal(curl_url_strerror(code));
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return refusal("it has no http:// or https://");
  if (!part_of(url.get(), CURLUPART_QUERY).empty() || !part_of(url.get(), CURLUPART_FRAGMENT).empty())
    return refusal("it has a query or a fragment");
  CheckedUrl checked{text_of(url.get()), {}, is_local_host(part_of(url.get(), CURLUPART_HOST))};
  curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
  checked.shown = text_of(url.get());
  return checked;
}

using Headers = std::unique_ptr<curl_slist, ListEnd>;

Headers headers_of(std::initializer_list<const char*> lines) {
  Headers headers;
  for (const char* line : lines) {
    curl_slist* longer = curl_slist_append(headers.get(), line);  // nothing: out of memory
    if (longer != nullptr && headers == nullptr)
      headers.reset(longer);
  }
  return headers;
}

/// Of the header section, or behind a body that came in chunks; empty where it is missing.
std::string header_of(CURL* handle, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(handle, name, 0, CURLH_HEADER | CURLH_TRAILER, -1, &header) != CURLHE_OK)
    return {};
  return header->value;
}

std::optional<std::chrono::seconds> seconds_of(const std::string& text) {
  std::uint64_t seconds = 0;
  constexpr std::uint64_t kMost = 1'000'000'000;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds > kMost)
    return std::nullopt;
  return std::chrono::seconds{seconds};
}

}  // namespace

std::string ServerAnswer::problem() const {
  const auto known = core::parse_problem(body);
  return from + " answers " + std::to_string(status) +
         (known ? " " + *known : ", which is no answer of Hourglass");
}

/// What one request needs beside the handle.
struct ServerClient::Transfer {
  CURL* handle = nullptr;
  const BodySink* sink = nullptr;
  std::string body;
  bool sink_failed = false;
  bool is_too_long = false;  // for an answer of Hourglass

  bool take(std::string_view bytes) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (sink != nullptr && status == 200) {
      sink_failed = !(*sink)(bytes);
      return !sink_failed;
    }
    is_too_long = body.size() + bytes.size() > kMaxAnswerBytes;
    if (!is_too_long)
      body += bytes;
    return !is_too_long;
  }

  static std::size_t write(const char* bytes, std::size_t, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->take({bytes, count}) ? count : 0;
  }
};

void ServerClient::HandleEnd::operator()(void* handle) const {
  curl_easy_cleanup(handle);
}

base::Expected<ServerClient, std::string> ServerClient::to(const std::string& url) {
  auto checked = checked_url(url);
  if (!checked)
    return base::unexpected(checked.error());
  std::unique_ptr<void, HandleEnd> handle(curl_easy_init());
  if (handle == nullptr)
    return base::unexpected(std::string("cannot make an HTTP client"));
  return ServerClient(std::move(handle), std::move(checked->url), std::move(checked->shown),
                      checked->is_local);
}

/// The options that every request has; those of the last one are gone, its connection is not.
void ServerClient::begin() {
  curl_easy_reset(handle_.get());
  curl_easy_setopt(handle_.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle_.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(kConnectTimeout.count()));
  curl_easy_setopt(handle_.get(), CURLOPT_USERAGENT, "hourglass");
  if (is_local_)
    curl_easy_setopt(handle_.get(), CURLOPT_PROXY, "");  // in place of that of the environment
}

base::Expected<ServerAnswer, std::string> ServerClient::get(const std::string& path) {
  begin();
  curl_easy_setopt(handle_.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(kAnswerTimeout.count()));
  Transfer transfer;
  return perform(path, transfer);
}

base::Expected<ServerAnswer, std::string> ServerClient::post(const std::string& path, std::string_view body) {
  begin();
  // Without Expect: waiting for 100 Continue would cost a round trip for every batch.
  const Headers headers = headers_of({"Content-Type: application/x-ndjson", "Expect:"});
  curl_easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle_.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(kAnswerTimeout.count()));
  curl_easy_setopt(handle_.get(), CURLOPT_POST, 1L);
  curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDS, body.data());
  Transfer transfer;
  return perform(path, transfer);
}

base::Expected<ServerAnswer, std::string> ServerClient::stream(const std::string& path,
                                                               const BodySink& sink) {
  begin();
  curl_easy_setopt(handle_.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle_.get(), CURLOPT_LOW_SPEED_TIME, static_cast<long>(kSilence.count()));
  Transfer transfer;
  transfer.sink = &sink;
  return perform(path, transfer);
}

base::Expected<ServerAnswer, std::string> ServerClient::perform(const std::string& path, Transfer& transfer) {
  transfer.handle = handle_.get();
  const std::string url = url_ + path;
  std::array<char, CURL_ERROR_SIZE> why{};
  curl_easy_setopt(handle_.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle_.get(), CURLOPT_WRITEFUNCTION, &Transfer::write);
  curl_easy_setopt(handle_.get(), CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle_.get(), CURLOPT_ERRORBUFFER, why.data());
  const CURLcode code = curl_easy_perform(handle_.get());
  curl_easy_setopt(handle_.get(), CURLOPT_ERRORBUFFER, nullptr);
  if (transfer.sink_failed)
    return base::unexpected(std::string("the answer cannot be passed on"));
  if (transfer.is_too_long)
    transfer.body.clear();  // which is no answer of Hourglass
  else if (code != CURLE_OK)
    return base::unexpected(shown_url_ + ": " + (why[0] != '\0' ? why.data() : curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  ServerAnswer answer;
  answer.from = shown_url_;
  answer.status = static_cast<int>(status);
  answer.body = std::move(transfer.body);
  answer.retry_after = seconds_of(header_of(handle_.get(), "Retry-After"));
  answer.idempotency_window = seconds_of(header_of(handle_.get(), "Hourglass-Idempotency-Window"));
  if (const std::string hours = header_of(handle_.get(), "Hourglass-Incomplete-Hours"); !hours.empty())
    answer.incomplete_hours = core::harmless_text(hours, kMaxIncompleteHours);
  return answer;
}

}  // namespace hourglass::cli
