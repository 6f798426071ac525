#include "core/json/long_event_line.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "core/json/event_line.hpp"
#include "core/testing/random_json.hpp"

namespace hourglass::core {
namespace {

std::string shortened(std::string_view line, std::size_t piece = std::string_view::npos) {
  LongEventLine reader;
  for (; !line.empty(); line.remove_prefix(std::min(piece, line.size())))
    reader.append(line.substr(0, piece));
  return reader.shortened();
}

/// What the parser says of a line: the event, or the fault in words.
struct Reading {
  std::optional<Event> event;
  std::optional<base::Error> fault;

  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(std::string_view line) {
  static EventLineParser parser;
  auto event = parser.parse(line, {}, {});
  if (event)
    return {std::move(*event), std::nullopt};
  return {std::nullopt, std::move(event.error())};
}

std::string random_member(std::mt19937_64& random) {
  static const std::vector<std::string> names = {
      "timestamp", "user", "event", "id",    "us\\u0065r", "\\u0069d", "users",           "timestamps",
      "timestam",  "i",    "",      "id\\n", "\\u00e4id",  "ä",        "id\\ud83d\\ude00"};
  static const std::vector<std::string> values = {"1",
                                                  "1700000000000",
                                                  "-1",
                                                  "0.5e+3",
                                                  "\"ann\"",
                                                  "\"click\"",
                                                  "\"impression\"",
                                                  "\"k\"",
                                                  "\"\"",
                                                  "null",
                                                  "true",
                                                  "{\"user\":1}",
                                                  "[\"id\",[]]",
                                                  "\"\\u00e4\\ud83d\\ude00\"",
                                                  "\"a\\u0000b\""};
  std::string value = random() % 3 == 0 ? random_json(random, 3) : values[random() % values.size()];
  const std::size_t size = 250 + random() % 10 + (random() % 2 == 0 ? 2'000 : 0);
  if (random() % 20 == 0)
    value = '"' + std::string(size, 'u') + '"';
  if (random() % 20 == 0)
    value = std::string(random() % 2 == 0 ? 20 + random() % 2 : size, '7');
  if (random() % 20 == 0) {
    value = "\"";
    for (std::size_t i = 250 + random() % 10; i > 0; --i)
      value += "\\u0041";
    value += '"';
  }
  return '"' + names[random() % (random() % 2 == 0 ? 4 : names.size())] + "\"" + random_white_space(random) +
         ":" + random_white_space(random) + value;
}

std::string random_line(std::mt19937_64& random) {
  std::string line = random_white_space(random) + "{";
  for (std::size_t i = random() % 7; i > 0; --i) {
    line += random_white_space(random) + random_member(random) + random_white_space(random);
    line += i > 1 ? "," : "";
  }
  return line + random_white_space(random) + "}" + random_white_space(random);
}

TEST(LongEventLine, SaysWhatTheParserSaysOfTheWholeLine) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 50'000; ++round) {
    std::string line = random_line(random);
    ASSERT_EQ(read(shortened(line)), read(line)) << line;
    damage(random, line);
    const std::string whole = shortened(line);
    ASSERT_EQ(read(whole), read(line)) << line;
    ASSERT_EQ(shortened(line, 1 + random() % 20), whole) << line;
  }
}

TEST(LongEventLine, NestsAsDeepAsTheParser) {
  for (const std::size_t depth : {62, 63, 64, 65}) {
    const std::string arrays = R"({"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    EXPECT_EQ(read(shortened(arrays)), read(arrays)) << depth;
    std::string objects = "1";
    for (std::size_t i = 0; i <= depth; ++i)
      objects.insert(0, R"({"user":)").append("}");
    EXPECT_EQ(read(shortened(objects)), read(objects)) << depth;
  }
}

TEST(LongEventLine, KeepsNoMoreThanCanMatter) {
  std::string line = R"({"timestamp":1,"user":"ann","event":"click")";
  for (int i = 0; i < 1'000; ++i)
    line += R"(,"other":[1,2,{"user":"bob"}],"id":")" + std::string(5'000, 'k') + "\"";
  EXPECT_LE(shortened(line + "}").size(), 1'000U);
  EXPECT_EQ(read(shortened(line + "}")).fault->code, base::ErrorCode::duplicate_parameter);
  EXPECT_EQ(read(shortened(R"({"x":")" + std::string(5'000'000, 'x') +
                           R"(","timestamp":1,"user":"ann","event":"click","y":)" +
                           std::string(5'000'000, '7') + "}")),
            read(R"({"timestamp":1,"user":"ann","event":"click"})"));
}

}  // namespace
}  // namespace hourglass::core
