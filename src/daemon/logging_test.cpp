#include "daemon/logging.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "core/utf8.hpp"

namespace hourglass::daemon {
namespace {

using ports::LogLevel;

constexpr core::Timestamp kNoon{1'795'521'600'123};  // 2026-11-24T12:00:00.123Z

std::string text_value(const std::string& value) {
  const std::string line = format_text_line(kNoon, LogLevel::info, "m", {{"a", value}});
  return line.substr(line.find('=') + 1);
}

TEST(Logging, TextIsOneReadableLine) {
  EXPECT_EQ(format_text_line(kNoon, LogLevel::info, "listening",
                             {{"address", "127.0.0.1"}, {"port", std::int64_t{8080}}}),
            "2026-11-24T12:00:00.123Z info listening address=127.0.0.1 port=8080");
  EXPECT_EQ(format_text_line(core::Timestamp{0}, LogLevel::warning, "two words", {}),
            "1970-01-01T00:00:00.000Z warning two words");
  EXPECT_EQ(format_text_line(core::kMaxTimestamp, LogLevel::error, "late", {{"n", std::int64_t{-1}}}),
            "9999-12-31T23:59:59.999Z error late n=-1");
}

TEST(Logging, TextQuotesWhatWouldBeMisread) {
  EXPECT_EQ(text_value("./data/x-1:2"), "./data/x-1:2");
  EXPECT_EQ(text_value(""), R"("")");
  EXPECT_EQ(text_value("a b"), R"("a b")");
  EXPECT_EQ(text_value("a=b"), R"("a=b")");
  EXPECT_EQ(text_value("a\"b\\"), R"("a\"b\\")");
  EXPECT_EQ(text_value("a\nb\r\t\x1b[1m\x7f"), R"("a\u000ab\u000d\u0009\u001b[1m\u007f")");
  EXPECT_EQ(text_value("\u0085\u009f\u2028\u2029"), R"("\u0085\u009f\u2028\u2029")");
  EXPECT_EQ(text_value("\u00e4\u20ac\U0001F600\u00a0"), "\"\u00e4\u20ac\U0001F600\u00a0\"");
  EXPECT_EQ(text_value("a\xff"
                       "b\xe2\x82"),
            "\"a\uFFFD"
            "b\uFFFD\uFFFD\"");
}

TEST(Logging, AMessageStaysOnItsLineToo) {
  EXPECT_EQ(format_text_line(kNoon, LogLevel::debug, "a\nb", {}),
            R"(2026-11-24T12:00:00.123Z debug a\u000ab)");
}

TEST(Logging, JsonIsOneObject) {
  EXPECT_EQ(
      format_json_line(kNoon, LogLevel::error, "listening",
                       {{"address", "127.0.0.1"}, {"port", std::int64_t{8080}}, {"x", "\"\n\xff"}}),
      R"({"time":"2026-11-24T12:00:00.123Z","level":"error","message":"listening","address":"127.0.0.1",)"
      "\"port\":8080,\"x\":\"\\\"\\u000a\uFFFD\"}");
}

/// Undoes the escapes of a quoted value; the second implementation. Fails on anything that RFC 8259 forbids.
std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_NE(text[i], '"') << text;
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    ++i;
    if (text.at(i) != 'u') {
      EXPECT_TRUE(text[i] == '"' || text[i] == '\\') << text;
      out += text[i];
      continue;
    }
    const unsigned code = static_cast<unsigned>(std::stoul(text.substr(i + 1, 4), nullptr, 16));
    i += 4;
    if (code < 0x80)
      out += static_cast<char>(code);
    else if (code < 0x800)
      out += {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
    else
      out += {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
              static_cast<char>(0x80 | (code & 0x3F))};
  }
  return out;
}

TEST(Logging, WhateverComesInIsValidAndKeepsItsText) {
  std::mt19937_64 random(base::test_seed());
  const std::vector<std::string> pieces = {
      "a",      "\"",       "\\",     "\n",         "\x1f",
      "\u0085", "\u2028",   "\u00e4", "\U0001F600", "\xff",
      "\xc2",   "\xe2\x80", " ",      "\x7f",       std::string(1, '\0')};
  for (int round = 0; round < 5'000; ++round) {
    std::string value;
    for (auto left = random() % 8; left > 0; --left)
      value += pieces[random() % pieces.size()];
    const std::string line = format_json_line(kNoon, LogLevel::info, "m", {{"v", value}});
    ASSERT_TRUE(core::is_valid_utf8(line));
    for (const char c : line)
      ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F) << line;
    const std::string start = R"({"time":"2026-11-24T12:00:00.123Z","level":"info","message":"m","v":")";
    ASSERT_EQ(line.substr(0, start.size()), start);
    ASSERT_EQ(line.substr(line.size() - 2), "\"}");
    const std::string read = unescaped(line.substr(start.size(), line.size() - start.size() - 2));
    if (core::is_valid_utf8(value)) {
      ASSERT_EQ(read, value);
    }
    const std::string text = format_text_line(kNoon, LogLevel::info, "m", {{"v", value}});
    ASSERT_EQ(text.find('\n'), std::string::npos);
    ASSERT_TRUE(core::is_valid_utf8(text));
  }
}

class FixedClock final : public ports::Clock {
 public:
  [[nodiscard]] core::Timestamp now() const override { return kNoon; }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const override { return {}; }
};

TEST(Logging, WritesToStandardErrorFromTheLevelOn) {
  const FixedClock clock;
  StandardErrorLog log({LogLevel::warning, LogFormat::text}, clock);
  ::testing::internal::CaptureStderr();
  log.write(LogLevel::debug, "no", {});
  log.write(LogLevel::info, "no", {});
  log.write(LogLevel::warning, "{} %v", {{"n", std::int64_t{1}}});
  log.write(LogLevel::error, "yes", {});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "2026-11-24T12:00:00.123Z warning {} %v n=1\n2026-11-24T12:00:00.123Z error yes\n");
}

TEST(Logging, WritesJsonWhenAsked) {
  const FixedClock clock;
  StandardErrorLog log({LogLevel::debug, LogFormat::json}, clock);
  ::testing::internal::CaptureStderr();
  log.write(LogLevel::debug, "m", {{"a", "b"}});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "{\"time\":\"2026-11-24T12:00:00.123Z\",\"level\":\"debug\",\"message\":\"m\",\"a\":\"b\"}\n");
}

}  // namespace
}  // namespace hourglass::daemon
