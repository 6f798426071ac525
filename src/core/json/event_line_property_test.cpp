// Random lines: what is valid, and which fault a line has, by plain second opinions.

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/testing/test_seed.hpp"
#include "core/json/event_line.hpp"
#include "core/testing/plain_json.hpp"
#include "core/testing/random_json.hpp"

namespace hourglass::core {
namespace {

using base::ErrorCode;

bool is_valid(const base::Result<Event>& event) {
  return event || event.error().code != ErrorCode::invalid_json;
}

/// The machine decides which of its implementations simdjson uses. Each test here sees all that run on it.
class EventLineOnEveryProcessor : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    usual_ = simdjson::get_active_implementation();
    const auto* wanted = simdjson::get_available_implementations()[GetParam()];
    if (!wanted->supported_by_runtime_system())
      GTEST_SKIP() << "this machine has no " << GetParam();
    simdjson::get_active_implementation() = wanted;
  }
  void TearDown() override { simdjson::get_active_implementation() = usual_; }

 private:
  const simdjson::implementation* usual_ = nullptr;
};

std::vector<std::string> implementations() {
  std::vector<std::string> names;
  for (const auto* implementation : simdjson::get_available_implementations())
    names.push_back(implementation->name());
  return names;
}

std::string random_object(std::mt19937_64& random) {
  std::string object = random_white_space(random) + "{";
  for (std::size_t i = random() % 4; i > 0; --i) {
    object += random_white_space(random) + random_json_string(random) + random_white_space(random) + ":";
    object += random_white_space(random) + random_json(random, 4) + random_white_space(random);
    object += i > 1 ? "," : "";
  }
  return object + "}" + random_white_space(random);
}

TEST_P(EventLineOnEveryProcessor, AgreesWithAPlainParser) {
  std::mt19937_64 random(base::test_seed());
  EventLineParser parser;
  for (int round = 0; round < 30'000; ++round) {
    std::string line = random_object(random);
    ASSERT_TRUE(is_plain_json_object(line)) << line;
    ASSERT_TRUE(is_valid(parser.parse(line, {}, {}))) << line;
    damage(random, line);
    ASSERT_EQ(is_valid(parser.parse(line, {}, {})), is_plain_json_object(line)) << line;
  }
}

/// The vectorised code works in blocks of 64 bytes: a fault lies at each place of one.
TEST_P(EventLineOnEveryProcessor, SeesFaultsAtEveryPlaceOfALine) {
  EventLineParser parser;
  for (std::size_t room = 0; room < 64; ++room) {
    const std::string line = R"({"x":")" + std::string(room, 'x') + R"(ä","y":[1,null],"z":"\ud83d\ude00"})";
    ASSERT_TRUE(is_valid(parser.parse(line, {}, {}))) << line;
    for (std::size_t at = room; at < line.size(); ++at) {
      for (const char byte : {'\0', '\n', '\x0c', '"', '\\', '}', ',', '\x1a', '\x80', '\xc3', '\xff'}) {
        std::string damaged = line;
        damaged[at] = byte;
        ASSERT_EQ(is_valid(parser.parse(damaged, {}, {})), is_plain_json_object(damaged)) << damaged;
        damaged.resize(at);
        ASSERT_FALSE(is_valid(parser.parse(damaged, {}, {}))) << damaged;
      }
    }
  }
}

TEST_P(EventLineOnEveryProcessor, ReadsWhatIsThereAndNothingBehindIt) {
  EventLineParser parser;
  const std::string line = R"({"timestamp":1,"user":"ann","event":"click"})";
  const std::string text = R"({"id":")" + line + R"(,"user":"bob"}}}}]]]]"",,,,)";
  const std::string_view inside = std::string_view(text).substr(text.find(line), line.size());
  const auto event = parser.parse(inside, {}, {});
  ASSERT_TRUE(event);
  EXPECT_EQ(event->user.bytes(), "ann");
  EXPECT_FALSE(is_valid(parser.parse(inside.substr(0, inside.size() - 1), {}, {})));
}

TEST_P(EventLineOnEveryProcessor, ALineMayBeLong) {
  EventLineParser parser;
  const std::string head = R"({"timestamp":1,"user":"ann","event":"click","x":)";
  const std::string values[] = {'"' + std::string(3'000'000, 'x') + '"', std::string(3'000'000, '7'),
                                std::string(3'000'000, ' ') + '1', "[1" + std::string(3'000'000, ',') + "1]",
                                std::string(3'000'000, '[')};
  const bool valid[] = {true, true, true, false, false};
  for (std::size_t i = 0; i < std::size(values); ++i) {
    EXPECT_EQ(is_valid(parser.parse(head + values[i] + "}", {}, {})), valid[i]) << i;
    EXPECT_TRUE(parser.parse(head + "1}", {}, {})) << "the next line is read as ever";
  }
}

INSTANTIATE_TEST_SUITE_P(Simdjson, EventLineOnEveryProcessor, ::testing::ValuesIn(implementations()),
                         [](const auto& info) { return info.param; });

/// One of the ways in which a member can be written, and the fault it is.
struct Spelling {
  std::vector<std::string> members;
  std::optional<ErrorCode> fault;
};

std::vector<Spelling> spellings(const std::string& name, const std::vector<std::string>& good,
                                const std::vector<std::string>& bad, ErrorCode invalid) {
  std::vector<Spelling> all;
  const auto member = [&](const std::string& value) { return '"' + name + "\":" + value; };
  for (const std::string& value : good) {
    all.push_back({{member(value)}, std::nullopt});
    all.push_back({{member(value), member(value)}, ErrorCode::duplicate_parameter});
    all.push_back({{member(bad.front()), member(value)}, ErrorCode::duplicate_parameter});
  }
  for (const std::string& value : bad)
    all.push_back({{member(value)}, invalid});
  return all;
}

/// All spellings of timestamp, user, event and id, in the order in which their faults are told.
std::array<std::vector<Spelling>, 4> all_spellings() {
  std::array<std::vector<Spelling>, 4> all = {
      spellings("timestamp", {"0", "1700000000000", "253402300799999"},
                {"-1", "-0", "1.0", "1e3", "\"1\"", "null", "true", "[1]", "{}", "123456789012345678901"},
                ErrorCode::invalid_timestamp),
      spellings("user", {R"("ann")", R"("\ud83d\ude00")", '"' + std::string(256, 'u') + '"'},
                {R"("")", R"("a\u0000")", '"' + std::string(257, 'u') + '"', "1", "null", R"(["ann"])"},
                ErrorCode::invalid_user),
      spellings("event", {R"("click")", R"("impression")", R"("cl\u0069ck")"},
                {R"("")", R"("Click")", R"("click ")", "0", "null", "false", R"({"click":1})"},
                ErrorCode::invalid_event),
      spellings("id", {R"("k")", '"' + std::string(128, 'k') + '"'},
                {R"("")", R"("a b")", R"("ä")", '"' + std::string(129, 'k') + '"', "7", "null", "[]"},
                ErrorCode::invalid_idempotency_key)};
  all[0].push_back({{"\"timestamp\":253402300800000"}, ErrorCode::timestamp_out_of_range});
  all[0].push_back({{"\"timestamp\":99999999999999999999"}, ErrorCode::timestamp_out_of_range});
  all[0].push_back({{}, ErrorCode::missing_timestamp});
  all[1].push_back({{}, ErrorCode::missing_user});
  all[2].push_back({{}, ErrorCode::missing_event});
  all[3].push_back({{}, std::nullopt});
  return all;
}

TEST(EventLine, TellsTheFirstFaultOfTimestampUserEventAndId) {
  std::mt19937_64 random(base::test_seed());
  const auto all = all_spellings();
  EventLineParser parser;
  for (int round = 0; round < 50'000; ++round) {
    std::vector<std::string> members;
    std::optional<ErrorCode> fault;
    for (const std::vector<Spelling>& choices : all) {
      // Three times of four what is right, so that the later members have their turn.
      const Spelling& chosen = choices[random() % 4 == 0 ? random() % choices.size() : 0];
      members.insert(members.end(), chosen.members.begin(), chosen.members.end());
      fault = fault ? fault : chosen.fault;
    }
    for (std::size_t i = random() % 3; i > 0; --i)
      members.push_back(R"("other)" + std::to_string(i) + "\":" + random_json(random, 3));
    std::shuffle(members.begin(), members.end(), random);
    std::string line = "{";
    for (const std::string& member : members)
      line += (line.size() > 1 ? "," : "") + random_white_space(random) + member;
    line += "}";
    const auto event = parser.parse(line, {}, {});
    ASSERT_EQ(event ? std::nullopt : std::optional(event.error().code), fault) << line;
  }
}

}  // namespace
}  // namespace hourglass::core
