// Random batches, against a plain second implementation that has the whole body before it.

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/gzip.hpp"
#include "base/testing/test_seed.hpp"
#include "http/batch_reader.hpp"

namespace hourglass::http {
namespace {

using base::gzip;

constexpr std::size_t kPlenty = 1 << 30;
constexpr std::size_t kLimit = 40'000;
constexpr core::Timestamp kNow{1'000};
const core::EventLimits kLimits{std::chrono::milliseconds{900}, std::chrono::milliseconds{900}};

struct Outcome {
  std::string answer;  // the report, or the code of the failure
  std::vector<core::Event> events;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read_plainly(const std::string& body, const std::optional<core::IdempotencyKey>& key) {
  if (body.size() > kLimit)
    return {"body_too_large", {}};
  std::vector<core::Event> events;
  std::ostringstream rejected;
  std::uint64_t number = 0;
  std::uint64_t rejected_count = 0;
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos)
      continue;
    auto event = core::EventLineParser().parse(line, kLimits, kNow);
    if (event) {
      if (!event->key && key)
        event->key = core::IdempotencyKey::of_line(*key, number);
      events.push_back(*event);
    } else if (++rejected_count <= 1'000) {
      rejected << (rejected_count > 1 ? "," : "") << R"({"line":)" << number << R"(,"code":")"
               << to_string(event.error().code) << R"(","message":")" << event.error().message << R"("})";
    }
  }
  std::ostringstream report;
  report << R"({"accepted":)" << events.size() << R"(,"rejected":[)" << rejected.str()
         << R"(],"rejected_count":)" << rejected_count << "}\n";
  return {report.str(), std::move(events)};
}

Outcome read_in_pieces(std::mt19937_64& random, std::string_view body, bool is_gzip,
                       const std::optional<core::IdempotencyKey>& key) {
  core::EventLineParser parser;
  BatchMemory memory(kPlenty);
  BatchReader reader({kLimit, is_gzip, kLimits, kNow, key}, parser, memory);
  const std::size_t largest = std::size_t{1} << random() % 14;
  while (!body.empty() || reader.has_more()) {
    const std::size_t piece = std::min<std::size_t>(body.size(), random() % (largest + 1));
    Turn turn;
    turn.spend(random() % Turn::kSteps);
    const auto taken = reader.append(body.substr(0, piece), turn);
    if (!taken)
      return {std::string(to_string(taken.error().code)), {}};
    body.remove_prefix(*taken);
  }
  if (const auto finished = reader.finish(); !finished)
    return {std::string(to_string(finished.error().code)), {}};
  std::string report = reader.report();
  auto events = reader.take_events();
  EXPECT_EQ(reader.report(), report) << "the report does not depend on whether the events were taken";
  return {std::move(report), std::move(events)};
}

std::string random_line(std::mt19937_64& random) {
  const std::string user = "u" + std::to_string(random() % 10);
  const std::string timestamp = std::to_string(random() % 2'200);
  switch (random() % 8) {
    case 0: return std::string(random() % 3, ' ') + (random() % 2 == 0 ? "\r" : "");
    case 1: return "{";
    case 2: return R"({"timestamp":)" + timestamp + R"(,"user":"","event":"click"})";
    case 3:
      return R"({"timestamp":)" + timestamp + R"(,"user":")" + user + R"(","event":"click","id":"own"})";
    case 4: return std::string(random() % 300, 'x');
    case 5:  // longer than what is kept
      return random() % 50 > 0 ? "x"
                               : " {\"x\":\"" + std::string(17'000, 'x') + R"(","timestamp":)" + timestamp +
                                     R"(,"user":"long","event":"click"})";
    default:
      return " {\"event\":\"impression\", \"user\":\"" + user + "\",\t\"timestamp\":" + timestamp + "} \r";
  }
}

std::string random_body(std::mt19937_64& random) {
  std::string body;
  const std::size_t lines = random() % (random() % 5 == 0 ? 2'500 : 20);
  const bool short_lines = random() % 2 == 0;
  for (std::size_t i = 0; i < lines; ++i)
    body += (short_lines && lines > 20 ? "x" : random_line(random)) + "\n";
  if (!body.empty() && random() % 2 == 0)
    body.pop_back();
  return body;
}

TEST(BatchReader, AgreesWithAPlainReader) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 1'500; ++round) {
    const std::string body = random_body(random);
    const auto key =
        random() % 2 == 0 ? std::optional(*core::IdempotencyKey::from_text("batch")) : std::nullopt;
    const Outcome expected = read_plainly(body, key);
    ASSERT_EQ(read_in_pieces(random, body, false, key), expected) << expected.answer;
    const std::size_t middle = random() % (body.size() + 1);
    const std::string compressed = gzip(body.substr(0, middle)) + gzip(body.substr(middle));
    ASSERT_EQ(read_in_pieces(random, compressed, true, key), expected) << expected.answer;
  }
}

}  // namespace
}  // namespace hourglass::http
