#include "core/json/event_line.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "core/json/json_number.hpp"
#include "core/testing/plain_json.hpp"

namespace hourglass::core {
namespace {

using base::ErrorCode;

constexpr const char* kRest = R"("user":"ann","event":"click")";

std::string with(const std::string& members) {
  return R"({"timestamp":1,)" + members + "}";
}

std::optional<ErrorCode> fault_of(const std::string& line) {
  EventLineParser parser;
  const auto event = parser.parse(line, {}, {});
  return event ? std::nullopt : std::optional(event.error().code);
}

TEST(EventLine, ReadsAllMembers) {
  EventLineParser parser;
  const auto event = parser.parse(
      R"({"timestamp":1700000000000,"user":"an\u00e4 \"\\","event":"impression","id":"a-1"})", {}, {});
  ASSERT_TRUE(event);
  EXPECT_EQ(event->timestamp, Timestamp{1'700'000'000'000});
  EXPECT_EQ(event->user.bytes(), "anä \"\\");
  EXPECT_EQ(event->kind, Kind::impression);
  ASSERT_TRUE(event->key);
  EXPECT_EQ(event->key->text(), "a-1");
}

TEST(EventLine, MembersComeInAnyOrderWithOthersBetween) {
  EXPECT_FALSE(
      fault_of(R"( { "x" : [1, {"y": null}, "z"], "event" : "click", "user":"a" , "timestamp" : 0 } )"));
  EXPECT_FALSE(fault_of(R"({"\u0075ser":"a","event":"click","timestamp":5})"))
      << "names are compared after unescaping";
}

struct Case {
  std::string line;
  ErrorCode code;
};

TEST(EventLine, FaultsHaveTheirCodes) {
  const std::vector<Case> cases = {
      {std::string("{") + kRest + "}", ErrorCode::missing_timestamp},
      {std::string(R"({"timestamp":-5,)") + kRest + "}", ErrorCode::invalid_timestamp},
      {std::string(R"({"timestamp":1.0,)") + kRest + "}", ErrorCode::invalid_timestamp},
      {std::string(R"({"timestamp":1e3,)") + kRest + "}", ErrorCode::invalid_timestamp},
      {std::string(R"({"timestamp":"1",)") + kRest + "}", ErrorCode::invalid_timestamp},
      {std::string(R"({"timestamp":null,)") + kRest + "}", ErrorCode::invalid_timestamp},
      {std::string(R"({"timestamp":[1],)") + kRest + "}", ErrorCode::invalid_timestamp},
      {std::string(R"({"timestamp":253402300800000,)") + kRest + "}", ErrorCode::timestamp_out_of_range},
      {std::string(R"({"timestamp":99999999999999999999,)") + kRest + "}", ErrorCode::timestamp_out_of_range},
      {std::string(R"({"timestamp":999999999999999999999,)") + kRest + "}", ErrorCode::invalid_timestamp},
      {std::string(R"({"timestamp":1,"timestamp":1,)") + kRest + "}", ErrorCode::duplicate_parameter},
      {std::string(R"({"timestamp":1,"timest\u0061mp":1,)") + kRest + "}", ErrorCode::duplicate_parameter},
      {with(R"("event":"click")"), ErrorCode::missing_user},
      {with(R"("user":"","event":"click")"), ErrorCode::invalid_user},
      {with(R"("user":5,"event":"click")"), ErrorCode::invalid_user},
      {with(R"("user":"a\u0000b","event":"click")"), ErrorCode::invalid_user},
      {with(R"("user":"a","user":"a","event":"click")"), ErrorCode::duplicate_parameter},
      {with(R"("user":"a")"), ErrorCode::missing_event},
      {with(R"("user":"a","event":"Click")"), ErrorCode::invalid_event},
      {with(R"("user":"a","event":true)"), ErrorCode::invalid_event},
      {with(R"("user":"a","event":"click","id":"")"), ErrorCode::invalid_idempotency_key},
      {with(R"("user":"a","event":"click","id":7)"), ErrorCode::invalid_idempotency_key},
      {with(R"("user":"a","event":"click","id":"a b")"), ErrorCode::invalid_idempotency_key},
      {with(R"("user":"a","event":"click","id":"a","id":"a")"), ErrorCode::duplicate_parameter},
      {R"({"timestamp":-1,"user":"","event":""})", ErrorCode::invalid_timestamp},
      {R"({"timestamp":1,"user":"","event":""})", ErrorCode::invalid_user},
  };
  for (const Case& c : cases)
    EXPECT_EQ(fault_of(c.line), c.code) << c.line;
}

TEST(EventLine, LimitsAreAFaultOfTheTimestamp) {
  EventLineParser parser;
  const EventLimits limits{std::chrono::milliseconds{10}, std::chrono::milliseconds{5}};
  const std::string other_faults = R"(,"user":"","event":""})";
  const auto code = [&](int timestamp) {
    return parser.parse(R"({"timestamp":)" + std::to_string(timestamp) + other_faults, limits, Timestamp{100})
        .error()
        .code;
  };
  EXPECT_EQ(code(89), ErrorCode::timestamp_out_of_range);
  EXPECT_EQ(code(90), ErrorCode::invalid_user);
  EXPECT_EQ(code(105), ErrorCode::invalid_user);
  EXPECT_EQ(code(106), ErrorCode::timestamp_out_of_range);
}

/// Values and what stands around them, each decided by hand.
TEST(EventLine, EveryMemberIsValidJson) {
  const std::vector<std::string> valid = {"0",
                                          "-0",
                                          "1e999",
                                          "1E+400",
                                          "123456789012345678901234567890",
                                          "-1.5e-7",
                                          "true",
                                          "false",
                                          "null",
                                          R"("")",
                                          R"("\ud83d\ude00")",
                                          "[]",
                                          "[[],{}]",
                                          "{}",
                                          R"({"":0})",
                                          R"({"a":1,"a":2})",
                                          R"("\/\b\f\n\r\t")",
                                          std::string(63, '[') + std::string(63, ']')};
  for (const std::string& value : valid)
    EXPECT_FALSE(fault_of(with(std::string(kRest) + R"(,"x":)" + value))) << value;
  const std::vector<std::string> invalid = {"01",
                                            "-",
                                            "+1",
                                            "1.",
                                            ".5",
                                            "1e",
                                            "1e+",
                                            "0x1",
                                            "tru",
                                            "truex",
                                            "True",
                                            "nul",
                                            "NaN",
                                            "Infinity",
                                            "'a'",
                                            R"("\ud800")",
                                            R"("\udc00")",
                                            R"("\ud800\u0041")",
                                            R"("\x")",
                                            R"("\u12g4")",
                                            "\"\t\"",
                                            "\"\x01\"",
                                            "\"\xff\"",
                                            "\"\xc0\x80\"",
                                            "\"\xed\xa0\x80\"",
                                            "[1,]",
                                            "[,1]",
                                            "[1 2]",
                                            "[",
                                            "]",
                                            "{",
                                            "}",
                                            "{,}",
                                            R"({"a"})",
                                            R"({"a":})",
                                            R"({"a":1,})",
                                            R"({a:1})",
                                            R"({"a" 1})",
                                            R"({1:1})",
                                            "1 2",
                                            "",
                                            "/*c*/1",
                                            R"("a)",
                                            std::string(64, '[') + std::string(64, ']')};
  for (const std::string& value : invalid)
    EXPECT_EQ(fault_of(with(std::string(kRest) + R"(,"x":)" + value)), ErrorCode::invalid_json) << value;
}

TEST(EventLine, TheLineIsExactlyOneObject) {
  const std::string good = with(kRest);
  EXPECT_FALSE(fault_of(good));
  EXPECT_FALSE(fault_of(" \t" + good + " \r"));
  for (const std::string& line :
       {std::string(), std::string(" "), good + good, good + "x", good + "]", good + ",", "[" + good + "]",
        std::string("\xef\xbb\xbf") + good, std::string("null"), std::string("5"), std::string("\"a\""),
        good + '\0', std::string(1, '\0') + good, good.substr(0, good.size() - 1), "{" + good})
    EXPECT_EQ(fault_of(line), ErrorCode::invalid_json) << line;
}

// Valid lines with bytes changed at random: simdjson and a plain parser agree on what is still valid.
TEST(EventLine, AgreesWithAPlainParserOnDamagedLines) {
  std::mt19937_64 random(base::test_seed());
  EventLineParser parser;
  const std::string alphabet = "{}[]:,\"\\u0019aeE+-. \ttrufalsn\x01\x80\xc3\xed\xff";
  const std::vector<std::string> seeds = {
      with(std::string(kRest) +
           R"(,"x":[1.5e+3,{"y":"\u00e9\n"},null,true,false,-0,[]],"z":{"a":{"b":[[]]}})"),
      with(std::string(kRest) + R"(,"id":"k","a\"b":"\ud83d\ude00 ä","n":123456789012345678901234567890)")};
  for (int round = 0; round < 100'000; ++round) {
    std::string line = seeds[random() % seeds.size()];
    for (std::size_t edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = random() % line.size();
      const char c = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0: line[at] = c; break;
        case 1: line.insert(at, 1, c); break;
        default: line.erase(at, 1); break;
      }
    }
    const auto event = parser.parse(line, {}, {});
    const bool valid = event || event.error().code != ErrorCode::invalid_json;
    ASSERT_EQ(valid, is_plain_json_object(line)) << line;
  }
}

TEST(JsonNumber, FollowsTheGrammar) {
  for (const char* text : {"0", "-0", "10", "1.0", "0.00", "1e5", "1E-05", "-12.34e+56"})
    EXPECT_TRUE(is_json_number(text)) << text;
  for (const char* text : {"", "-", "00", "01", "1.", ".1", "1e", "1e-", "+1", "1 ", "1.e1", "--1", "1e1.0"})
    EXPECT_FALSE(is_json_number(text)) << text;
}

TEST(EventLine, TheShortestIsAsShortAsItIsSaid) {
  const std::string_view line = R"({"timestamp":1,"user":"a","event":"click"})";
  EXPECT_EQ(line.size(), EventLineParser::kShortestLine);
  EXPECT_TRUE(EventLineParser().parse(line, {}, {}));
}

}  // namespace
}  // namespace hourglass::core
