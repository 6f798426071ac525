#include "http/request_head.hpp"

#include <random>
#include <string>
#include <vector>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"

namespace hourglass::http {
namespace {

using base::ErrorCode;
using Status = HeadParser::Status;

Status parse(const std::string& bytes, HeadLimits limits = {}) {
  return HeadParser(limits).parse(bytes);
}

std::string pick(std::mt19937_64& random, const std::vector<std::string>& from) {
  return from[random() % from.size()];
}

TEST(RequestHead, AgreesWithBeastOnValidHeads) {
  std::mt19937_64 random(base::test_seed());
  for (int round = 0; round < 5'000; ++round) {
    const std::string method = pick(random, {"GET", "POST", "HEAD", "OPTIONS", "DELETE"});
    const std::string path = pick(random, {"/", "/analytics", "/a/b.c", "/analytics/batch"});
    const std::string query = pick(random, {"", "timestamp=1&user=a%20b&click", "a=b?c=/d", "x"});
    std::string target = path;
    if (!query.empty())
      target.append("?").append(query);
    std::string head = method;
    head.append(" ").append(target).append(pick(random, {" HTTP/1.1\r\n", " HTTP/1.0\r\n"}));
    head += "Host: example.org\r\n";
    for (std::size_t i = random() % 6; i > 0; --i)
      head += pick(random,
                   {"Accept: */*\r\n", "X-Empty:\r\n", "User-Agent:  a b\t\r\n", "Idempotency-Key: k1\r\n"});
    // One at the most: Beast looks at the first only.
    head +=
        pick(random, {"", "connection: keep-alive\r\n", "Connection: close\r\n", "Connection: x, Close\r\n"});
    head += "\r\n";

    boost::beast::http::request_parser<boost::beast::http::empty_body> beast;
    boost::system::error_code error;
    beast.put(boost::asio::buffer(head), error);
    ASSERT_TRUE(beast.is_header_done()) << head << error.message();
    HeadParser parser({});
    ASSERT_EQ(parser.parse(head), Status::complete) << head;
    const RequestHead parsed = parser.head(head);
    EXPECT_EQ(parsed.size, head.size());
    EXPECT_EQ(parsed.path, path);
    EXPECT_EQ(parsed.query, query);
    EXPECT_EQ(parsed.keep_alive, beast.get().keep_alive()) << head;
    EXPECT_EQ(parsed.version == Version::http_1_0, beast.get().version() == 10);
    EXPECT_EQ(parsed.key_count, beast.get().count("Idempotency-Key"));
  }
}

TEST(RequestHead, EveryCutOfAValidHeadIsIncomplete) {
  const std::string head = "POST /analytics?timestamp=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size)
    EXPECT_EQ(parse(head.substr(0, size)), Status::incomplete) << size;
  HeadParser bytewise({});
  for (std::size_t size = 1; size < head.size(); ++size)
    ASSERT_EQ(bytewise.parse(head.substr(0, size)), Status::incomplete);
  ASSERT_EQ(bytewise.parse(head), Status::complete);
  EXPECT_EQ(bytewise.head(head).content_length, 5U);
}

TEST(RequestHead, FaultsAreToldAtOnce) {
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\n"), std::string("GET / HTTP/1.1\r\nA: b\n"), std::string("GET /#"),
        std::string("GET /\x80"), std::string("GET / HTTP/2"), std::string("GET / HTTP/1.1\r\nA: b\r\n "),
        std::string("GET / HTTP/1.1\r\nA :"), std::string("GET / HTTP/1.1\r\nA: \0", 20),
        std::string("GET  /"), std::string("\x16\x03\x01"), std::string("GET / HTTP/1.1\rX")})
    EXPECT_EQ(parse(bytes), Status::failed) << bytes;
}

TEST(RequestHead, LimitsAreExact) {
  const auto with_target = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  const HeadLimits limits{100, 200};
  EXPECT_EQ(parse(with_target(100), limits), Status::complete);
  HeadParser long_target(limits);
  EXPECT_EQ(long_target.parse("GET /" + std::string(100, 'a')), Status::failed)
      << "before the target is complete";
  EXPECT_EQ(long_target.error().code, ErrorCode::target_too_long);
  HeadParser long_headers(limits);
  EXPECT_EQ(long_headers.parse("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(200, 'a')), Status::failed);
  EXPECT_EQ(long_headers.error().code, ErrorCode::headers_too_large);
}

}  // namespace
}  // namespace hourglass::http
