// One line of a batch with simdjson, as the program reads it, and with its rivals where their headers are
// installed (rapidjson-dev, nlohmann-json3-dev; Boost.JSON comes with libboost1.81-dev): docs/decisions/0005.
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/json/src.hpp>

#include "core/json/event_line.hpp"

#if __has_include("rapidjson/document.h")
#define HOURGLASS_BENCH_RAPIDJSON
#include "rapidjson/document.h"
#endif
#if __has_include("nlohmann/json.hpp")
#define HOURGLASS_BENCH_NLOHMANN
#include "nlohmann/json.hpp"
#endif

namespace {

namespace core = hourglass::core;

using Accepts = std::function<bool(const std::string&)>;

bool own_accepts(const std::string& line) {
  static core::EventLineParser parser;
  return parser.parse(line, core::EventLimits{}, core::Timestamp{0}).has_value();
}

bool boost_accepts(const std::string& line) {
  boost::system::error_code error;
  const auto value = boost::json::parse(line, error);
  if (error || !value.is_object())
    return false;
  const auto& object = value.get_object();
  return object.contains("timestamp") && object.contains("user") && object.contains("event");
}

#ifdef HOURGLASS_BENCH_RAPIDJSON
bool rapidjson_accepts(const std::string& line) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
  return !document.HasParseError() && document.IsObject() && document.HasMember("timestamp") &&
         document.HasMember("user") && document.HasMember("event");
}
#endif

#ifdef HOURGLASS_BENCH_NLOHMANN
bool nlohmann_accepts(const std::string& line) {
  const auto value = nlohmann::json::parse(line, nullptr, false);
  return value.is_object() && value.contains("timestamp") && value.contains("user") &&
         value.contains("event");
}
#endif

std::vector<std::pair<std::string, Accepts>> rivals() {
  return {
      {"own_with_simdjson", own_accepts},
      {"boost_json", boost_accepts},
#ifdef HOURGLASS_BENCH_RAPIDJSON
      {"rapidjson", rapidjson_accepts},
#endif
#ifdef HOURGLASS_BENCH_NLOHMANN
      {"nlohmann", nlohmann_accepts},
#endif
  };
}

const std::string kLine = R"({"timestamp":1700000000000,"user":"user-123456","event":"click"})";

std::string line_with(const std::string& members) {
  return kLine.substr(0, kLine.size() - 1) + "," + members + "}";
}

/// Lines that RFC 8259 and the contract give a clear answer to, and the answer.
std::vector<std::pair<std::string, bool>> hard_lines() {
  return {{line_with(R"("x":1e999)"), true},
          {line_with(R"("x":-0.1e-99999)"), true},
          {line_with("\"x\":" + std::string(400, '9')), true},
          {line_with(R"("x":01)"), false},
          {line_with(R"("x":[1,])"), false},
          {line_with("\"x\":\"\x01\""), false},
          {line_with(R"("x":"\ud800")"), false},
          {line_with("\"x\":\"\xC3\x28\""), false},
          {line_with(R"("user":"b")"), false},
          {line_with(R"("us\u0065r":"b")"), false},
          {line_with("\"x\":" + std::string(63, '[') + std::string(63, ']')), true},
          {line_with("\"x\":" + std::string(65, '[') + std::string(65, ']')), false},
          {kLine + " {}", false}};
}

void parse_line(benchmark::State& state, const Accepts& accepts) {
  for (auto _ : state) {
    if (!accepts(kLine))
      state.SkipWithError("not taken");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLine.size()));
  std::string wrong;
  for (const auto& [line, expected] : hard_lines()) {
    if (accepts(line) != expected)
      wrong += (wrong.empty() ? "" : "  ") + line.substr(kLine.size() - 1, 72);
  }
  state.SetLabel(wrong.empty() ? "right on all hard lines" : "wrong: " + wrong);
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const auto& [name, accepts] : rivals())
    benchmark::RegisterBenchmark(name.c_str(), parse_line, accepts);
  return true;
}();

}  // namespace
