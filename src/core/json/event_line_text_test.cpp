#include "core/json/event_line_text.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "core/json/event_line.hpp"

namespace hourglass::core {
namespace {

std::string line_of(const EventText& event) {
  std::string line;
  append_event_line(line, event);
  return line;
}

TEST(EventLineText, HasItsMembersInOrder) {
  EXPECT_EQ(line_of({Timestamp{1'700'000'000'000}, "ann", Kind::click, "ab-7"}),
            "{\"timestamp\":1700000000000,\"user\":\"ann\",\"event\":\"click\",\"id\":\"ab-7\"}\n");
  EXPECT_EQ(line_of({Timestamp{0}, "a\"b\\c\n\x1f\x7f/\xc3\xa4", Kind::impression, "!\"\\~"}),
            "{\"timestamp\":0,\"user\":\"a\\\"b\\\\c\\u000a\\u001f\x7f/\xc3\xa4\",\"event\":\"impression\","
            "\"id\":\"!\\\"\\\\~\"}\n");
}

TEST(EventLineText, IsReadBackAsTheSameEvent) {
  std::mt19937_64 random(base::test_seed());
  EventLineParser parser;
  const std::vector<std::string> letters = {"a",    "\"", "\\", "\n", "\x01", "\x1f",
                                            "\x7f", "ä",  "€",  "𝄞",  " "};
  for (int round = 0; round < 2'000; ++round) {
    std::string user;
    for (std::size_t count = 1 + random() % 60; count > 0; --count)
      user += letters[random() % letters.size()];
    std::string id;
    for (std::size_t count = 1 + random() % 128; count > 0; --count)
      id += static_cast<char>(0x21 + random() % (0x7f - 0x21));
    const Event event{Timestamp{random() % (kMaxTimestamp.value() + 1)}, *User::from_bytes(user),
                      static_cast<Kind>(random() % 2), *IdempotencyKey::from_text(id)};
    std::string line = line_of({event.timestamp, user, event.kind, id});
    ASSERT_EQ(line.find('\n'), line.size() - 1);
    line.pop_back();
    const auto parsed = parser.parse(line, {}, Timestamp{0});
    ASSERT_TRUE(parsed) << line;
    ASSERT_EQ(*parsed, event) << line;
  }
}

}  // namespace
}  // namespace hourglass::core
