// Lines of access logs as they are in the world, and what is read from them.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/access_log/mapping.hpp"
#include "cli/access_log/testing/mapped_text.hpp"

namespace hourglass::cli {
namespace {

/// The value of `field` in a line of the format combined, or why it has none.
std::string value(const std::string& field, std::string_view line) {
  MappingOptions options;
  options.format = "combined";
  options.user = {field};
  options.impression = {"all"};
  options.leave_out = {"none"};
  auto mapping = LineMapping::make(options);
  EXPECT_TRUE(mapping) << mapping.error();
  const auto mapped = mapping->map(line);
  const auto* event = std::get_if<MappedEvent>(&mapped);
  return event != nullptr ? event->user : mapped_text(mapped);
}

constexpr std::string_view kTime = "[10/Oct/2000:13:55:36 -0700]";

std::string line_with(const std::string& head, const std::string& request, const std::string& rest) {
  return head + " " + std::string(kTime) + " \"" + request + "\" " + rest;
}

TEST(CombinedLines, HaveTheirFields) {
  const std::string line =
      line_with("127.0.0.1 - frank", "GET /apache_pb.gif?a=1&b=%41 HTTP/1.0",
                "200 2326 \"http://www.example.com/start.html\" \"Mozilla/4.08 [en] (Win98; I ;Nav)\"");
  for (const auto& [field, expected] :
       std::vector<std::pair<std::string, std::string>>{{"remote_addr", "127.0.0.1"},
                                                        {"remote_user", "frank"},
                                                        {"time", "10/Oct/2000:13:55:36 -0700"},
                                                        {"method", "GET"},
                                                        {"target", "/apache_pb.gif?a=1&b=%41"},
                                                        {"path", "/apache_pb.gif"},
                                                        {"query", "a=1&b=%41"},
                                                        {"query.a", "1"},
                                                        {"query.b", "A"},
                                                        {"protocol", "HTTP/1.0"},
                                                        {"status", "200"},
                                                        {"bytes", "2326"},
                                                        {"referer", "http://www.example.com/start.html"},
                                                        {"user_agent", "Mozilla/4.08 [en] (Win98; I ;Nav)"}})
    EXPECT_EQ(value(field, line), expected) << field;
}

struct Shape {
  std::string line;
  std::string field;
  std::string expected;
};

TEST(CombinedLines, MayBeUgly) {
  const std::string head = "192.0.2.1 - -";
  const std::string get = "GET / HTTP/1.1";
  const std::vector<Shape> shapes = {
      {line_with("2001:db8::1 - -", get, "200 1"), "remote_addr", "2001:db8::1"},
      {line_with("::ffff:192.0.2.1 - -", get, "200 1"), "remote_addr", "::ffff:192.0.2.1"},
      {line_with("unix: - -", get, "200 1"), "remote_addr", "unix:"},
      {line_with("client.example.com - -", get, "200 1"), "remote_addr", "client.example.com"},
      {line_with("192.0.2.1 ident ann", get, "200 1"), "remote_user", "ann"},
      {line_with("192.0.2.1 - ann smith", get, "200 1"), "remote_user", "ann smith"},
      {line_with("192.0.2.1 - a [b] c", get, "200 1"), "remote_user", "a [b] c"},
      {line_with("192.0.2.1 - ann\\x22", get, "200 1"), "remote_user", "ann\""},
      {line_with("192.0.2.1 - \\xC3\\xA4", get, "200 1"), "remote_user", "\xC3\xA4"},
      {line_with(head, get, "200 1 \"-\" \"a\\\"b\\\\\""), "user_agent", "a\"b\\"},
      {line_with(head, get, "200 1 \"-\" \"a\\x22b\""), "user_agent", "a\"b"},
      {line_with(head, get, "200 1 \"-\" \"broken \\x2 \\q\""), "user_agent", "broken \\x2 \\q"},
      {line_with(head, get, "200 1 \"-\" \"raw \xC3\xA4\""), "user_agent", "raw \xC3\xA4"},
      {line_with(head, get, "200 1 \"-\" \"x\" \"203.0.113.7\" 0.005 more"), "user_agent", "x"},
      {line_with(head, get, "200 1 \"-\" \"x\"\r"), "user_agent", "x"},
      {line_with(head, get, "- - \"-\" \"x\""), "user_agent", "x"},
      {line_with(head, get, "200 1 \"r\""), "referer", "r"},
      {line_with(head, get, "200 1 0.005"), "status", "200"},
      {line_with(head, "GET /a b HTTP/1.1", "200 1"), "path", "/a b"},
      {line_with(head, "GET /a\\x22?b=\\x22 HTTP/1.1", "200 1"), "target", "/a\"?b=\""},
      {line_with(head, "GET http://example.com/a HTTP/1.1", "200 1"), "path", "http://example.com/a"},
      {line_with(head, "CONNECT example.com:443 HTTP/1.1", "200 1"), "target", "example.com:443"},
      {line_with(head, "OPTIONS * HTTP/1.0", "200 1"), "path", "*"},
      {line_with(head, "GET /?a&b=&c=1 HTTP/1.1", "200 1"), "query.c", "1"},
      {line_with(head, "GET /?%61+b=x HTTP/1.1", "200 1"), "query.a b", "x"},
      {line_with(head, "GET /?a=%zz%4 HTTP/1.1", "200 1"), "query.a", "%zz%4"},
      {"192.0.2.1 - - [2023-11-14T22:13:20+00:00] \"GET / HTTP/1.1\" 200 1", "time",
       "2023-11-14T22:13:20+00:00"},
      {"192.0.2.1 - - [1700000000.123] \"GET / HTTP/1.1\" 200 1", "time", "1700000000.123"},
      {line_with(head, "GET /" + std::string(1 << 20, 'a') + " HTTP/1.1", "200 1"), "status", "200"},
      {line_with(head, get, "200 1 \"-\" \"" + std::string(1 << 20, '\\') + "\""), "status", "200"},
  };
  for (const auto& [line, field, expected] : shapes)
    EXPECT_EQ(value(field, line), expected) << line.substr(0, 200);
}

TEST(CombinedLines, MayLackAField) {
  const std::string head = "192.0.2.1 - -";
  const std::vector<Shape> shapes = {
      {line_with(head, "GET / HTTP/1.1", "200 - \"-\" \"-\""), "bytes", ""},
      {line_with(head, "GET / HTTP/1.1", "200 - \"-\" \"-\""), "remote_user", ""},
      {line_with(head, "GET / HTTP/1.1", "200 - \"-\" \"-\""), "referer", ""},
      {line_with(head, "GET / HTTP/1.1", "200 - \"-\" \"-\""), "user_agent", ""},
      {line_with(head, "GET / HTTP/1.1", "200 - \"\" \"\""), "user_agent", ""},
      {line_with("192.0.2.1 - \"\"", "GET / HTTP/1.1", "200 1"), "remote_user", ""},
      {line_with(head, "GET / HTTP/1.1", "200 1"), "user_agent", ""},
      {line_with(head, "GET / HTTP/1.1", "200 1 \"r\""), "user_agent", ""},
      {line_with(head, "GET / HTTP/1.1", "200 1"), "query", ""},
      {line_with(head, "GET /? HTTP/1.1", "200 1"), "query", ""},
      {line_with(head, "-", "408 0"), "method", ""},
      {line_with(head, "", "400 0"), "method", ""},
      {line_with(head, "\\x16\\x03\\x01\\x02\\x00\\x01\\x00", "400 226"), "method", ""},
      {line_with(head, "\\x16\\x03\\x01 \\x02 HTTP/1.1", "400 226"), "method", ""},
      {line_with(head, "\x16\x03\x01", "400 226"), "target", ""},
      {line_with(head, "GET /", "200 1"), "path", ""},
      {line_with(head, "GET  HTTP/1.1", "200 1"), "path", ""},
      {line_with(head, "GET / FTP/1.1", "200 1"), "protocol", ""},
  };
  for (const auto& [line, field, expected] : shapes) {
    EXPECT_EQ(value(field, line), "not mapped: the line has no " + field) << line;
    EXPECT_EQ(value("remote_addr", line), "192.0.2.1") << line;
  }
}

TEST(CombinedLines, AreNotGuessed) {
  const std::string good = line_with("192.0.2.1 - -", "GET / HTTP/1.1", "200 1 \"-\" \"x\"");
  const std::vector<std::string> lines = {
      "example.com:443 " + good,
      "example.com:80 2001:db8::1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1",
      "example.com " + good,
      "192.0.2.9, " + good,
      "example.com " + line_with("client.example.net - -", "GET / HTTP/1.1", "200 1"),
      "192.0.2.1, unknown - - " + std::string(kTime) + " \"GET / HTTP/1.1\" 200 1",
      " " + good,
      "- " + good,
      "x",
      "\"\"",
      "[] \"\"",
      "- - - [] \"\" - - x",
      std::string(1 << 20, 'x'),
      std::string(1 << 20, '"'),
      std::string(64, '\0'),
      "192.0.2.1 [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1",
      "192.0.2.1 - - 10/Oct/2000:13:55:36 \"GET / HTTP/1.1\" 200 1",
      "192.0.2.1 - -[10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1",
      line_with("192.0.2.1 - -", "GET / HTTP/1.1", "OK 1"),
      line_with("192.0.2.1 - -", "GET / HTTP/1.1", "200 much"),
      line_with("192.0.2.1 - -", "GET /\"quote HTTP/1.1", "200 1"),
      line_with("192.0.2.1 - -", "GET / HTTP/1.1", "200 1 \"-\" \"raw \"quotes\" here\""),
      "{\"remote_addr\":\"192.0.2.1\"}",
      "192.0.2.1 - - [10/Foo/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1",
  };
  for (const std::string& line : lines)
    EXPECT_EQ(value("remote_addr", line).substr(0, 12), "not mapped: ") << line.substr(0, 200);
}

TEST(CombinedLines, ThatAreBlankAreLeftOut) {
  for (const char* line : {"", "\r", "   ", "\t \r"})
    EXPECT_EQ(value("remote_addr", line), "left out");
}

TEST(CombinedLines, ThatAreCutBeforeTheirUserAgentHaveNone) {
  const std::string line = line_with("192.0.2.1 - -", "GET /a HTTP/1.1", R"(200 1 "http://x/" "agent \" x")");
  EXPECT_EQ(value("user_agent", line), "agent \" x");
  for (std::size_t size = 1; size < line.size(); ++size)
    EXPECT_EQ(value("user_agent", line.substr(0, size)).substr(0, 12), "not mapped: ")
        << line.substr(0, size);
}

TEST(CombinedLines, NeverGetIntoAMessage) {
  const std::string line = line_with("192.0.2.1 - -", "GET /secret HTTP/1.1", "200 1 \"-\" \"secret\"");
  for (std::size_t at = 0; at < line.size(); ++at) {
    std::string damaged = line;
    damaged[at] = '\x01';
    for (const char* field : {"remote_user", "query.x", "bytes"})
      EXPECT_EQ(value(field, damaged).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace hourglass::cli
