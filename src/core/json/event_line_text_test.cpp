#include "core/json/event_line_text.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "core/json/event_line.hpp"
#include "core/utf8.hpp"

namespace hourglass::core {
namespace {

std::string text_of(const Event& event) {
  std::string line;
  append_event_line(line, event.timestamp, event.user.bytes(), event.kind,
                    event.key ? event.key->text() : "");
  return line;
}

TEST(EventLineText, HasTheMembersInTheOrderOfTheContract) {
  std::string lines;
  append_event_line(lines, Timestamp{1'700'000'000'000}, "ann", Kind::click, "");
  append_event_line(lines, Timestamp{0}, "b\"\\\n\x01", Kind::impression, "a\"b");
  EXPECT_EQ(
      lines,
      "{\"timestamp\":1700000000000,\"user\":\"ann\",\"event\":\"click\"}\n"
      "{\"timestamp\":0,\"user\":\"b\\\"\\\\\\u000a\\u0001\",\"event\":\"impression\",\"id\":\"a\\\"b\"}\n");
}

std::string random_user(std::mt19937_64& random) {
  std::string bytes;
  const std::size_t size = 1 + random() % 40;
  while (bytes.size() < size) {
    const std::string part =
        random() % 4 == 0 ? "\u00e9" : std::string(1, static_cast<char>(1 + random() % 127));
    bytes += part;
  }
  return bytes;
}

TEST(EventLineText, IsReadBackAsTheSameEvent) {
  std::mt19937_64 random(base::test_seed());
  EventLineParser parser;
  for (int i = 0; i < 2000; ++i) {
    Event event{Timestamp{random() % (kMaxTimestamp.value() + 1)}, *User::from_bytes(random_user(random)),
                random() % 2 == 0 ? Kind::click : Kind::impression, std::nullopt};
    if (random() % 2 == 0) {
      std::string key;
      for (std::size_t size = 1 + random() % 128; key.size() < size;)
        key += static_cast<char>(0x21 + random() % 94);
      event.key = *IdempotencyKey::from_text(key);
    }
    const std::string line = text_of(event);
    ASSERT_EQ(line.back(), '\n');
    const auto read = parser.parse(line.substr(0, line.size() - 1), {}, Timestamp{0});
    ASSERT_TRUE(read) << line;
    EXPECT_EQ(*read, event) << line;
  }
}

}  // namespace
}  // namespace hourglass::core
