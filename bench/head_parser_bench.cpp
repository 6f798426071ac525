// Our parser of request heads against the smallest useful subclass of Boost.Beast's: docs/decisions/0004.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <benchmark/benchmark.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "http/request_head.hpp"

namespace {

namespace beast = boost::beast;
namespace http = hourglass::http;

std::string head_of(std::string_view request) {
  if (request == "bare GET")
    return "GET /analytics?timestamp=1700000000000 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
  if (request == "bare POST")
    return "POST /analytics?timestamp=1700000000000&user=user-123456&click HTTP/1.1\r\n"
           "Host: 127.0.0.1:8080\r\nContent-Length: 0\r\n\r\n";
  return "POST /analytics?timestamp=1700000000000&user=user-123456&click HTTP/1.1\r\n"
         "Host: analytics.example.org\r\nContent-Length: 0\r\nConnection: keep-alive\r\n"
         "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
         "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
         "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
         "Idempotency-Key: 6f1c1f3e-0d55-4f3c-9d0c-0b6a8a4f9a11\r\n\r\n";
}

/// Keeps what the server needs of a head, as our parser does: method, target, key.
class BeastHead final : public beast::http::basic_parser<true> {
 public:
  std::string_view target;
  std::string_view key;
  beast::http::verb method = beast::http::verb::unknown;

 private:
  void on_request_impl(beast::http::verb verb, beast::string_view, beast::string_view request_target, int,
                       beast::error_code&) override {
    method = verb;
    target = {request_target.data(), request_target.size()};
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     beast::error_code&) override {
    if (beast::iequals(name, "Idempotency-Key"))
      key = {value.data(), value.size()};
  }
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code&) override {
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}
};

void own(benchmark::State& state, std::string_view request) {
  const std::string bytes = head_of(request);
  http::HeadParser parser{http::HeadLimits{}};
  for (auto _ : state) {
    parser.reset();
    if (parser.parse(bytes) != http::HeadParser::Status::complete)
      state.SkipWithError("not parsed");
    benchmark::DoNotOptimize(parser.head(bytes));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void beast_basic_parser(benchmark::State& state, std::string_view request) {
  const std::string bytes = head_of(request);
  for (auto _ : state) {
    BeastHead parser;
    beast::error_code error;
    parser.put(boost::asio::buffer(bytes), error);
    if (error || !parser.is_header_done())
      state.SkipWithError("not parsed");
    benchmark::DoNotOptimize(parser.target);
    benchmark::DoNotOptimize(parser.key);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

BENCHMARK_CAPTURE(own, bare_get, "bare GET");
BENCHMARK_CAPTURE(beast_basic_parser, bare_get, "bare GET");
BENCHMARK_CAPTURE(own, bare_post, "bare POST");
BENCHMARK_CAPTURE(beast_basic_parser, bare_post, "bare POST");
BENCHMARK_CAPTURE(own, browser_post, "browser POST");
BENCHMARK_CAPTURE(beast_basic_parser, browser_post, "browser POST");

/// What becomes of a head that arrives in pieces of `step` bytes.
std::string beast_verdict(const std::string& bytes, std::size_t step) {
  BeastHead parser;
  std::size_t taken = 0;
  for (std::size_t end = step; !parser.is_header_done(); end += step) {
    beast::error_code error;
    const std::size_t available = std::min(end, bytes.size());
    taken += parser.put(boost::asio::buffer(bytes.data() + taken, available - taken), error);
    if (error && error != beast::http::error::need_more)
      return "refused";
    if (available == bytes.size() && !parser.is_header_done())
      return "waits";
  }
  return "taken";
}

std::string own_verdict(const std::string& bytes, std::size_t step) {
  http::HeadParser parser{http::HeadLimits{}};
  for (std::size_t end = step; true; end += step) {
    const std::size_t available = std::min(end, bytes.size());
    switch (parser.parse(std::string_view(bytes).substr(0, available))) {
      case http::HeadParser::Status::complete: return "taken";
      case http::HeadParser::Status::failed: return "refused";
      case http::HeadParser::Status::incomplete: break;
    }
    if (available == bytes.size())
      return "waits";
  }
}

/// Not a measurement of time: heads that have to be refused, and what each parser does with them, whole and
/// byte by byte.
void malformed(benchmark::State& state, const std::string& bytes) {
  for (auto _ : state)
    benchmark::DoNotOptimize(bytes.data());
  state.SetLabel("Beast " + beast_verdict(bytes, bytes.size()) + ", bytewise " + beast_verdict(bytes, 1) +
                 "; own " + own_verdict(bytes, bytes.size()) + ", bytewise " + own_verdict(bytes, 1));
}

const std::pair<const char*, const char*> kMalformed[] = {
    {"bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n"},
    {"bare LF behind the fields", "GET / HTTP/1.1\r\nHost: a\n\n"},
    {"folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n"},
    {"space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
    {"unknown Transfer-Encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n"},
    {"chunked twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n"},
    {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"length and chunked",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"two equal lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"},
    {"signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n"},
    {"no Host", "GET / HTTP/1.1\r\n\r\n"},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
    {"# in the target", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"byte above ASCII in the target", "GET /\xC3\xA4 HTTP/1.1\r\nHost: a\r\n\r\n"}};

[[maybe_unused]] const bool kRegistered = [] {
  for (const auto& [name, bytes] : kMalformed)
    benchmark::RegisterBenchmark((std::string("malformed/") + name).c_str(), malformed, std::string(bytes))
        ->Iterations(1);
  return true;
}();

}  // namespace
