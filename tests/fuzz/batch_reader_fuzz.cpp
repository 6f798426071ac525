// A batch reads the same however it is split, plain or compressed, and as a plain second reader does. The
// first byte says in which form the rest is, the second the size of the pieces.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/testing/gzip.hpp"
#include "check.hpp"
#include "http/batch_reader.hpp"

using hourglass::fuzz::check;
namespace core = hourglass::core;
namespace http = hourglass::http;

namespace {

constexpr std::size_t kPlenty = 1 << 30;
constexpr std::size_t kLimit = 4096;
constexpr core::Timestamp kNow{0};

const std::optional<core::IdempotencyKey>& batch_key() {
  static const std::optional<core::IdempotencyKey> key = *core::IdempotencyKey::from_text("batch");
  return key;
}

struct Outcome {
  std::string answer;  // the report, or the code of the failure
  std::vector<core::Event> events;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view body, bool is_gzip, std::size_t piece) {
  static core::EventLineParser parser;
  http::BatchMemory memory(kPlenty);
  http::BatchReader reader({kLimit, is_gzip, {}, kNow, batch_key()}, parser, memory);
  while (!body.empty() || reader.has_more()) {
    http::Turn turn;
    const auto taken = reader.append(body.substr(0, piece), turn);
    if (!taken)
      return {std::string(to_string(taken.error().code)), {}};
    body.remove_prefix(*taken);
  }
  if (const auto finished = reader.finish(); !finished)
    return {std::string(to_string(finished.error().code)), {}};
  auto events = reader.take_events();
  std::string report = reader.report();
  return {std::move(report), std::move(events)};
}

/// The events of a text that is all there, line by line, and how many lines are none.
void check_against_plain(const Outcome& outcome, std::string_view text) {
  if (text.size() > kLimit) {
    check(outcome.answer == "body_too_large", "the limit is kept");
    return;
  }
  std::vector<core::Event> events;
  std::uint64_t rejected = 0;
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos)
      continue;
    auto event = core::EventLineParser().parse(line, {}, kNow);
    if (!event) {
      ++rejected;
      continue;
    }
    if (!event->key)
      event->key = core::IdempotencyKey::of_line(*batch_key(), number);
    events.push_back(*event);
  }
  check(outcome.events == events, "the events are those of the lines");
  check(outcome.answer.starts_with(R"({"accepted":)" + std::to_string(events.size()) + ","),
        "accepted lines are counted");
  check(outcome.answer.ends_with(R"("rejected_count":)" + std::to_string(rejected) + "}\n"),
        "rejected lines are counted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2)
    return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t piece = 1 + data[1];
  if (data[0] % 2 == 1) {
    check(read(body, true, piece) == read(body, true, std::string_view::npos), "pieces make no difference");
    return 0;
  }
  const Outcome outcome = read(body, false, std::string_view::npos);
  check_against_plain(outcome, body);
  check(read(body, false, piece) == outcome, "pieces make no difference");
  const std::size_t middle = std::min<std::size_t>(data[0], body.size());
  const std::string compressed =
      hourglass::base::gzip(body.substr(0, middle), 1) + hourglass::base::gzip(body.substr(middle), 1);
  check(read(compressed, true, piece) == outcome, "compression makes no difference");
  return 0;
}
