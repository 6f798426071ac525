#include "core/json/server_answer.hpp"

#include <algorithm>

#include <simdjson.h>

namespace hourglass::core {
namespace {

namespace dom = simdjson::dom;

std::optional<BatchReport::Rejection> rejection_of(dom::element element) {
  std::uint64_t line = 0;
  std::string_view code;
  std::string_view message;
  if (element["line"].get(line) != simdjson::SUCCESS || element["code"].get(code) != simdjson::SUCCESS ||
      element["message"].get(message) != simdjson::SUCCESS)
    return std::nullopt;
  return BatchReport::Rejection{line, harmless_text(code), harmless_text(message)};
}

}  // namespace

std::string harmless_text(std::string_view text, std::size_t most_bytes) {
  std::string line(text.substr(0, most_bytes));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

std::optional<BatchReport> parse_batch_report(std::string_view body) {
  dom::parser parser;
  dom::element root;
  BatchReport report;
  dom::array rejected;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS ||
      root["accepted"].get(report.accepted) != simdjson::SUCCESS ||
      root["rejected_count"].get(report.rejected) != simdjson::SUCCESS ||
      root["rejected"].get(rejected) != simdjson::SUCCESS)
    return std::nullopt;
  for (const dom::element element : rejected) {
    auto rejection = rejection_of(element);
    if (!rejection)
      return std::nullopt;
    report.rejections.push_back(*std::move(rejection));
  }
  return report;
}

std::optional<std::string> parse_problem(std::string_view body) {
  dom::parser parser;
  dom::element root;
  std::string_view code;
  std::string_view detail;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS ||
      root["code"].get(code) != simdjson::SUCCESS || root["detail"].get(detail) != simdjson::SUCCESS)
    return std::nullopt;
  return harmless_text(code) + ": " + harmless_text(detail);
}

}  // namespace hourglass::core
