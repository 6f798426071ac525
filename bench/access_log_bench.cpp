// Lines of access logs a second, on one thread: taking a line apart, the rules, the time and the hash of the
// user.
#include <array>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <benchmark/benchmark.h>

#include "cli/access_log/mapping.hpp"

namespace {

namespace cli = hourglass::cli;

constexpr std::size_t kLines = 10'000;

const std::array<std::string, 5> kAgents = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 "
    "Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.1 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
    "Mozilla/5.0 (Linux; Android 13; SM-A515F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 "
    "Mobile "
    "Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"};
const std::array<std::string, 4> kPaths = {"/product/", "/", "/static/app.css?v=", "/search?page=2&q="};

/// What differs between the lines.
struct Request {
  std::string address, path, agent, status, bytes;
};

std::vector<Request> requests(bool only_pages) {
  std::mt19937_64 random(1);
  std::vector<Request> made;
  for (std::size_t i = 0; i < kLines; ++i) {
    const std::size_t path = only_pages ? random() % 2 : random() % kPaths.size();
    made.push_back({std::to_string(random() % 223 + 1) + "." + std::to_string(random() % 256) + "." +
                        std::to_string(random() % 256) + ".7",
                    kPaths[path] + std::to_string(random() % 100'000),
                    kAgents[random() % (only_pages ? kAgents.size() - 1 : kAgents.size())],
                    only_pages || random() % 10 != 0 ? "200" : "404", std::to_string(random() % 100'000)});
  }
  return made;
}

std::vector<std::string> combined_lines(bool only_pages) {
  std::vector<std::string> lines;
  for (const Request& request : requests(only_pages))
    lines.push_back(request.address + " - - [14/Nov/2023:22:13:20 +0000] \"GET " + request.path +
                    " HTTP/1.1\" " + request.status + " " + request.bytes +
                    " \"https://www.example.com/catalogue/list\" \"" + request.agent + "\"");
  return lines;
}

std::vector<std::string> caddy_lines(bool only_pages) {
  std::vector<std::string> lines;
  for (const Request& request : requests(only_pages))
    lines.push_back(
        R"({"level":"info","ts":1700000000.1234567,"logger":"http.log.access","msg":"handled request","request":)"
        R"({"remote_ip":")" +
        request.address + R"(","remote_port":"41342","client_ip":")" + request.address +
        R"(","proto":"HTTP/2.0","method":"GET","host":"example.com","uri":")" + request.path +
        R"(","headers":{"User-Agent":[")" + request.agent +
        R"("],"Accept-Encoding":["gzip"]},"tls":{"resumed":false,"version":772}},"bytes_read":0,"user_id":"",)"
        R"("duration":0.000929675,"size":)" +
        request.bytes + R"(,"status":)" + request.status +
        R"(,"resp_headers":{"Server":["Caddy"],"Content-Type":["text/html"]}})");
  return lines;
}

std::vector<std::string> cloudfront_lines(bool only_pages) {
  std::vector<std::string> lines;
  for (const Request& request : requests(only_pages)) {
    const std::size_t mark = request.path.find('?');
    std::string agent;
    for (const char byte : request.agent)
      agent += byte == ' ' ? std::string("%20") : std::string(1, byte);
    lines.push_back(
        "2023-11-14\t22:13:20\tLAX1\t" + request.bytes + "\t" + request.address +
        "\tGET\td111111abcdef8.cloudfront.net\t" + request.path.substr(0, mark) + "\t" + request.status +
        "\t-\t" + agent + "\t" + (mark == std::string::npos ? "-" : request.path.substr(mark + 1)) +
        "\t-\tHit\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\t"
        "d111111abcdef8.cloudfront.net\thttps\t23\t0.001\t-\tTLSv1.2\t"
        "ECDHE-RSA-AES128-GCM-SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-");
  }
  return lines;
}

void map_lines(benchmark::State& state, const char* format, std::vector<std::string> (*make)(bool)) {
  const auto lines = make(state.range(0) == 1);
  cli::MappingOptions options;
  options.format = format;
  auto mapping = cli::LineMapping::make(options);
  std::size_t events = 0;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    for (const std::string& line : lines) {
      auto mapped = mapping->map(line);
      events += std::holds_alternative<cli::MappedEvent>(mapped) ? 1 : 0;
      bytes += static_cast<std::int64_t>(line.size());
    }
  }
  const auto total = static_cast<double>(state.iterations()) * static_cast<double>(lines.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(total));
  state.SetBytesProcessed(bytes);
  state.counters["counted"] = static_cast<double>(events) / total;
}

// Without and with only pages that people look at, which are the most work.
BENCHMARK_CAPTURE(map_lines, combined, "combined", combined_lines)->ArgName("only_pages")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(map_lines, caddy, "caddy", caddy_lines)->ArgName("only_pages")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(map_lines, cloudfront, "cloudfront", cloudfront_lines)
    ->ArgName("only_pages")
    ->Arg(0)
    ->Arg(1);

}  // namespace
