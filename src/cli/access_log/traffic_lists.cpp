#include "cli/access_log/traffic_lists.hpp"

#include <algorithm>
#include <array>

#include "cli/access_log/glob.hpp"

namespace hourglass::cli {

const std::vector<std::string_view>& robot_words() {
  static const std::vector<std::string_view> words = {
      // crawlers
      "bot", "crawl", "spider", "slurp", "scrapy", "archiver", "mediapartners", "facebookexternalhit",
      "facebookcatalog", "whatsapp/", "skypeuripreview", "bingpreview", "google-read-aloud", "googleother",
      "google-inspectiontool", "feedfetcher", "feedly", "ia_archive", "claude-user", "chatgpt-user",
      "perplexity", "embedly", "validator", "lighthouse", "headless", "phantomjs", "prerender",
      // monitors and scanners
      "monitor", "pingdom", "uptime", "statuscake", "site24x7", "newrelic", "datadog", "nagios", "check_http",
      "zabbix", "prometheus", "blackbox", "healthcheck", "kube-probe", "elb-healthchecker", "googlehc",
      "zgrab", "masscan", "nmap", "nikto", "sqlmap", "nuclei", "censys", "expanse", "netcraft",
      // libraries and tools
      "curl/", "wget/", "libwww", "lwp::", "python-requests", "python-urllib", "python-httpx", "python/",
      "aiohttp", "httpx", "go-http-client", "java/", "apache-httpclient", "okhttp", "axios/", "node-fetch",
      "undici", "got (", "guzzle", "php/", "ruby", "httpie", "postman", "insomnia/", "dart/", "reqwest",
      "winhttp", "jakarta", "http_request", "apachebench", "wrk/", "k6.io", "jmeter", "fasthttp", "hyper/"};
  return words;
}

const std::vector<std::string_view>& robot_exceptions() {
  static const std::vector<std::string_view> words = {"cubot"};  // a maker of telephones
  return words;
}

const std::vector<std::string_view>& asset_endings() {
  static const std::vector<std::string_view> endings = {
      "css",  "js",   "mjs", "map", "wasm", "webmanifest", "png", "jpg", "jpeg", "gif",  "svg",
      "webp", "avif", "bmp", "ico", "cur",  "ttf",         "otf", "eot", "woff", "woff2"};
  return endings;
}

bool is_asset(std::string_view path) {
  constexpr std::size_t kLongest = 11;  // webmanifest
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || path.size() - dot - 1 > kLongest)
    return false;
  std::array<char, kLongest> ending{};
  const std::size_t size = path.size() - dot - 1;
  std::transform(path.begin() + static_cast<std::ptrdiff_t>(dot) + 1, path.end(), ending.begin(), lower_case);
  const auto& known = asset_endings();
  return std::find(known.begin(), known.end(), std::string_view(ending.data(), size)) != known.end();
}

}  // namespace hourglass::cli
