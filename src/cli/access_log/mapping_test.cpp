// Which lines become which events, and which mistakes in the options are refused.

#include "cli/access_log/mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/access_log/testing/mapped_text.hpp"

namespace hourglass::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string mapped(const MappingOptions& options, std::string_view line) {
  auto mapping = LineMapping::make(options);
  EXPECT_TRUE(mapping) << mapping.error();
  return mapping ? mapped_text(mapping->map(line)) : "";
}

std::string refusal(const MappingOptions& options) {
  const auto mapping = LineMapping::make(options);
  return mapping ? "" : mapping.error();
}

MappingOptions of_format(const std::string& format) {
  MappingOptions options;
  options.format = format;
  return options;
}

/// Counts every line of a format as an impression, of a user that stands in it.
MappingOptions everything_of(const std::string& format, const std::string& user) {
  auto options = of_format(format);
  options.user = {user};
  options.impression = {"all"};
  options.leave_out = {"none"};
  return options;
}

constexpr std::string_view kAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";

std::string combined(const std::string& request, const std::string& status, const std::string& agent) {
  return "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"" + request + "\" " + status + " 17 \"-\" \"" + agent +
         "\"";
}

TEST(MappingDefaults, CountPagesThatPeopleGet) {
  const auto options = of_format("combined");
  const auto with = [&](const std::string& request, const std::string& status,
                        std::string_view agent = kAgent) {
    return mapped(options, combined(request, status, std::string(agent)));
  };
  // SHA-256 of the lengths and the values, by another program:
  // printf '\0\0\0\0\0\0\0\x09192.0.2.1\0\0\0\0\0\0\0\x46Mozilla/5.0 …' | sha256sum
  EXPECT_EQ(with("GET / HTTP/1.1", "200"), "impression 1700000000000 47623245e18ef116fff97b8cbe2ef268");
  EXPECT_THAT(with("GET /a HTTP/2.0", "304"), StartsWith("impression "));
  EXPECT_EQ(with("GET / HTTP/1.1", "301"), "left out");
  EXPECT_EQ(with("GET / HTTP/1.1", "404"), "left out");
  EXPECT_EQ(with("GET / HTTP/1.1", "500"), "left out");
  EXPECT_EQ(with("POST / HTTP/1.1", "200"), "left out");
  EXPECT_EQ(with("HEAD / HTTP/1.1", "200"), "left out");
  EXPECT_EQ(with("-", "400"), "left out");
  EXPECT_EQ(with("-", "200"), "left out") << "it is no GET";
  EXPECT_EQ(with("GET /logo.PNG?v=3 HTTP/1.1", "200"), "left out");
  EXPECT_THAT(with("GET /?file=logo.png HTTP/1.1", "200"), StartsWith("impression "));
  EXPECT_EQ(with("GET / HTTP/1.1", "200", "Googlebot/2.1"), "left out");
  EXPECT_EQ(with("GET / HTTP/1.1", "200", "-"), "left out");
  EXPECT_EQ(with("GET / HTTP/1.1", "200", ""), "left out");
}

TEST(MappingDefaults, OfCommonLogsKnowNoUserAgents) {
  const std::string line = "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET / HTTP/1.1\" 200 17";
  EXPECT_THAT(mapped(of_format("common"), line), StartsWith("impression 1700000000000 "));
  EXPECT_EQ(mapped(of_format("combined"), line), "not mapped: the line has no user_agent")
      << "rather than losing all lines in silence";
}

TEST(MappingDefaults, GiveWayToRules) {
  auto options = of_format("nginx");
  options.click = {"path=/go/*"};
  const auto with = [&](const std::string& request, const std::string& status,
                        std::string_view agent = kAgent) {
    return mapped(options, combined(request, status, std::string(agent))).substr(0, 8);
  };
  EXPECT_EQ(with("GET /go/1 HTTP/1.1", "302"), "click 17") << "a redirection";
  EXPECT_EQ(with("POST /go/1 HTTP/1.1", "200"), "click 17");
  EXPECT_EQ(with("GET /go/1.js HTTP/1.1", "200"), "click 17");
  EXPECT_EQ(with("GET /go/1 HTTP/1.1", "404"), "left out");
  EXPECT_EQ(with("GET /go/1 HTTP/1.1", "302", "AhrefsBot"), "left out");
  EXPECT_EQ(with("GET / HTTP/1.1", "200"), "left out") << "only what a rule takes counts";
  options.leave_out = {"query.test=1"};
  EXPECT_EQ(with("GET /go/1 HTTP/1.1", "404"), "click 17") << "the own rules replace the default";
  EXPECT_EQ(with("GET /go/1?test=1 HTTP/1.1", "302"), "left out");
  options.impression = {"path=/go/*", "path=/"};
  EXPECT_EQ(with("GET /go/1 HTTP/1.1", "302"), "click 17") << "clicks come first";
  EXPECT_EQ(with("GET / HTTP/1.1", "200"), "impressi");
  options.click.clear();
  options.impression.clear();
  EXPECT_EQ(with("GET /x.css HTTP/1.1", "500"), "impressi") << "what is not left out";
}

TEST(MappingUser, IsOneValueOrAHash) {
  auto options = everything_of("combined", "query.uid");
  EXPECT_EQ(mapped(options, combined("GET /?a=b&uid=J%C3%BCrgen+X&uid=2 HTTP/1.1", "200", "x")),
            "impression 1700000000000 J\xC3\xBCrgen X");
  EXPECT_EQ(mapped(options, combined("GET /?uid= HTTP/1.1", "200", "x")),
            "not mapped: the line has no query.uid");
  EXPECT_EQ(mapped(options, combined("GET /?uid=%FF HTTP/1.1", "200", "x")),
            "not mapped: user is not valid UTF-8");
  EXPECT_EQ(mapped(options, combined("GET /?uid=a%00 HTTP/1.1", "200", "x")),
            "not mapped: user contains a NUL byte");
  EXPECT_EQ(mapped(options, combined("GET /?uid=" + std::string(256, 'u') + " HTTP/1.1", "200", "x")),
            "impression 1700000000000 " + std::string(256, 'u'));
  EXPECT_EQ(mapped(options, combined("GET /?uid=" + std::string(257, 'u') + " HTTP/1.1", "200", "x")),
            "not mapped: user is longer than 256 bytes");
  options.hash_user = true;
  const std::string one = mapped(options, combined("GET /?uid=%FF HTTP/1.1", "200", "x"));
  EXPECT_EQ(one.size(), std::string("impression 1700000000000 ").size() + 32) << "whatever the bytes are";
  options.user = {"path", "query.uid"};
  EXPECT_NE(mapped(options, combined("GET /a?uid=bc HTTP/1.1", "200", "x")),
            mapped(options, combined("GET /ab?uid=c HTTP/1.1", "200", "x")));
  EXPECT_EQ(mapped(options, combined("GET /a HTTP/1.1", "200", "x")),
            "not mapped: the line has no query.uid");
}

TEST(MappingTime, IsTheFieldThatIsNamed) {
  auto options = everything_of("combined", "remote_addr");
  options.time = "query.at";
  EXPECT_EQ(mapped(options, combined("GET /?at=1600000000.5 HTTP/1.1", "200", "x")),
            "impression 1600000000500 192.0.2.1");
  EXPECT_EQ(mapped(options, combined("GET /?at=yesterday HTTP/1.1", "200", "x")),
            "not mapped: the time is not a decimal number");
  EXPECT_EQ(mapped(options, combined("GET / HTTP/1.1", "200", "x")), "not mapped: the line has no query.at");
}

TEST(MappingJson, NeedsToBeToldEverything) {
  auto options = of_format("json");
  EXPECT_THAT(refusal(options), StartsWith("time"));
  options.time = "at";
  EXPECT_THAT(refusal(options), StartsWith("user"));
  options.user = {"who.id"};
  EXPECT_THAT(refusal(options), StartsWith("click or impression"));
  options.click = {"event=click ok!=false"};
  EXPECT_EQ(refusal(options), "");
  EXPECT_EQ(mapped(options, R"({"at":"2023-11-14T22:13:20Z","who":{"id":7},"event":"click","ok":true})"),
            "click 1700000000000 7");
  EXPECT_EQ(mapped(options, R"({"at":1700000000.25,"who.id":"ann","event":"click"})"),
            "click 1700000000250 ann");
  EXPECT_EQ(mapped(options, R"({"at":1,"who":{"id":7},"event":"click","ok":false})"), "left out");
  EXPECT_EQ(mapped(options, R"({"at":1,"event":"view"})"), "left out");
  EXPECT_EQ(mapped(options, R"({"at":1,"event":"click"})"), "not mapped: the line has no who.id");
  EXPECT_EQ(mapped(options, R"({"at":1,"event":"cli)"), "not mapped: the line is not one JSON object");
  options.leave_out = {"robots"};
  EXPECT_EQ(mapped(options, R"({"at":1,"who":{"id":7},"event":"click"})"), "click 1000 7")
      << "a log without user agents";
  EXPECT_EQ(mapped(options, R"({"at":1,"who":{"id":7},"event":"click","user_agent":"curl/8"})"), "left out");
}

std::string caddy(const std::string& uri, const std::string& headers) {
  return R"({"level":"info","ts":1700000000.1239,"logger":"http.log.access","request":{"remote_ip":"192.0.2.1",)"
         R"("client_ip":"198.51.100.7","proto":"HTTP/2.0","method":"GET","uri":")" +
         uri + R"(","headers":)" + headers + R"(},"user_id":"ann","size":12,"status":200,"resp_headers":{}})";
}

TEST(MappingCaddy, KnowsWhereFieldsAre) {
  const std::string headers = R"({"User-Agent":["Firefox"],"Referer":["http://x/"],"Dnt":["1"]})";
  const std::string line = caddy("/a/b?c=d%20e", headers);
  EXPECT_THAT(mapped(of_format("caddy"), line), StartsWith("impression 1700000000123 "));
  EXPECT_EQ(mapped(of_format("caddy"), caddy("/", "{}")), "left out") << "no user agent: a robot";
  EXPECT_EQ(mapped(of_format("caddy"), caddy("/a.js", headers)), "left out");
  for (const auto& [field, expected] :
       std::vector<std::pair<std::string, std::string>>{{"remote_addr", "198.51.100.7"},
                                                        {"remote_user", "ann"},
                                                        {"method", "GET"},
                                                        {"target", "/a/b?c=d%20e"},
                                                        {"path", "/a/b"},
                                                        {"query", "c=d%20e"},
                                                        {"query.c", "d e"},
                                                        {"protocol", "HTTP/2.0"},
                                                        {"status", "200"},
                                                        {"bytes", "12"},
                                                        {"referer", "http://x/"},
                                                        {"user_agent", "Firefox"},
                                                        {"request.headers.Dnt", "1"},
                                                        {"request.remote_ip", "192.0.2.1"},
                                                        {"time", "1700000000.1239"}})
    EXPECT_EQ(mapped(everything_of("caddy", field), line), "impression 1700000000123 " + expected) << field;
  EXPECT_EQ(mapped(everything_of("caddy", "remote_addr"),
                   R"({"ts":1700000000,"request":{"remote_ip":"192.0.2.1"}})"),
            "impression 1700000000000 192.0.2.1")
      << "Caddy before 2.7";
}

const std::string kCloudfront =
    "2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\t"
    "Mozilla/"
    "5.0%20(Windows%20NT%2010.0)\ta=b%20c\t-\tHit\tSOX4xwn4==\td111111abcdef8.cloudfront.net\thttps\t23\t0."
    "001\t"
    "-\tTLSv1.2\tECDHE\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-";

TEST(MappingCloudfront, KnowsWhereFieldsAre) {
  EXPECT_THAT(mapped(of_format("cloudfront"), kCloudfront), StartsWith("impression 1575493351000 "));
  for (const auto& [field, expected] : std::vector<std::pair<std::string, std::string>>{
           {"remote_addr", "192.0.2.100"},
           {"method", "GET"},
           {"target", "/index.html?a=b%20c"},
           {"path", "/index.html"},
           {"query", "a=b%20c"},
           {"query.a", "b c"},
           {"protocol", "HTTP/2.0"},
           {"status", "200"},
           {"bytes", "392"},
           {"user_agent", "Mozilla/5.0 (Windows NT 10.0)"},
           {"x-edge-location", "LAX1"},
           {"cs(User-Agent)", "Mozilla/5.0%20(Windows%20NT%2010.0)"},
           {"time", "2019-12-04T21:02:31Z"},
           {"date", "2019-12-04"}})
    EXPECT_EQ(mapped(everything_of("cloudfront", field), kCloudfront), "impression 1575493351000 " + expected)
        << field;
  EXPECT_EQ(mapped(everything_of("cloudfront", "referer"), kCloudfront),
            "not mapped: the line has no referer");
  EXPECT_EQ(mapped(everything_of("cloudfront", "remote_user"), kCloudfront),
            "not mapped: the line has no remote_user");
}

TEST(MappingCloudfront, FollowsTheColumnsOfTheFile) {
  auto mapping = LineMapping::make(everything_of("cloudfront", "c-ip"));
  ASSERT_TRUE(mapping);
  const auto map = [&](std::string_view line) { return mapped_text(mapping->map(line)); };
  EXPECT_EQ(map(kCloudfront), "impression 1575493351000 192.0.2.100");
  EXPECT_EQ(map("#Version: 1.0\r"), "left out");
  EXPECT_EQ(map("#Fields: c-ip time date x\r"), "left out");
  EXPECT_EQ(map("192.0.2.9\t21:02:31\t2019-12-04\tx\r"), "impression 1575493351000 192.0.2.9");
  EXPECT_EQ(map("192.0.2.9\t21:02:31\t2019-12-04\tx\tmore"), "impression 1575493351000 192.0.2.9");
  EXPECT_EQ(map("192.0.2.9\t21:02:31\t2019-12-04"),
            "not mapped: the line has fewer columns than it should have")
      << "it was cut";
  EXPECT_EQ(map("#Fields: time date"), "left out");
  EXPECT_EQ(map("21:02:31\t2019-12-04"),
            "not mapped: the line #Fields does not name a column that is asked for");
  mapping->begin_file();
  EXPECT_EQ(map(kCloudfront), "impression 1575493351000 192.0.2.100") << "the next file says nothing";
  EXPECT_EQ(map("2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100"), "impression 1575493351000 192.0.2.100");
  EXPECT_THAT(map("2019-12-04\t21:02:31\tLAX1\t392"), StartsWith("not mapped: the line has fewer"));
  EXPECT_EQ(map("2019-12-04 21:02:31 LAX1"), "not mapped: the line has fewer columns than it should have");
  EXPECT_EQ(map("#Fields: date c-ip"), "left out");
  EXPECT_EQ(map("2019-12-04\t192.0.2.1"), "impression 1575417600000 192.0.2.1") << "a date is midnight";
}

TEST(MappingOptionsChecks, NameTheOption) {
  EXPECT_EQ(refusal({}), "the format of the lines is missing");
  EXPECT_EQ(refusal(of_format("combind")), "format: there is no format combind; did you mean combined?");
  auto options = of_format("combined");
  options.user = {"remote_adr"};
  EXPECT_EQ(refusal(options), "user: the format combined has no field remote_adr; did you mean remote_addr?");
  options = of_format("apache");
  options.time = "tme";
  EXPECT_THAT(refusal(options), StartsWith("time: the format apache has no field tme; did you mean time?"));
  options = of_format("combined");
  options.click = {"path=/", "satus=200"};
  EXPECT_EQ(refusal(options),
            "click: rule `satus=200`: the format combined has no field satus; did you mean status?");
  options.click = {"path=\"x"};
  EXPECT_THAT(refusal(options), StartsWith("click: rule `path=\"x`: "));
  options = of_format("combined");
  options.leave_out = {"robts"};
  EXPECT_THAT(refusal(options),
              HasSubstr("leave_out: rule `robts`: `robts` is no condition; did you mean robots"));
  options = of_format("combined");
  options.user = {"query."};
  EXPECT_EQ(refusal(options), "user: the name of a field is empty");
  options.user = {""};
  EXPECT_EQ(refusal(options), "user: the name of a field is empty");
}

}  // namespace
}  // namespace hourglass::cli
