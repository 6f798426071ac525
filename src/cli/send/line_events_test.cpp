#include "cli/send/line_events.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hourglass::cli {
namespace {

using ::testing::HasSubstr;

const std::string kClick = R"({"timestamp":1700000000000,"user":"ann","event":"click"})";

std::optional<LineMapping> combined() {
  MappingOptions options;
  options.format = "combined";
  return *LineMapping::make(options);
}

class LineEventsTest : public ::testing::Test {
 protected:
  /// The event of a line, without its LF; "" when it is left out, "CODE: WHY" when it is refused.
  std::string event_of(LineEvents& events, std::string_view line) {
    const auto outcome = *events.take(line, count_);
    if (const auto* refused = std::get_if<RefusedLine>(&outcome))
      return refused->code + ": " + refused->why;
    std::string event(std::get<SentLine>(outcome).event);
    if (!event.empty())
      event.pop_back();
    return event;
  }

  std::map<LineKey, std::uint64_t> counted_;
  const LineCount count_ = [this](const LineKey& key) { return counted_[key]++; };
};

TEST_F(LineEventsTest, KeepTheIdOfALineThatHasOne) {
  LineEvents events("web1", std::nullopt);
  const std::string line = R"({"timestamp":1700000000000,"user":"ann","event":"click","id":"order-17"})";
  EXPECT_EQ(event_of(events, line), line);
  EXPECT_EQ(event_of(events, line), line) << "how often it stood there does not matter";
  EXPECT_TRUE(counted_.empty());
}

TEST_F(LineEventsTest, GiveIdsThatFollowFromTheLineAndHowOftenItStoodBefore) {
  LineEvents events("web1", std::nullopt);
  const std::string first = event_of(events, kClick);
  EXPECT_THAT(first,
              ::testing::MatchesRegex(
                  R"(\{"timestamp":1700000000000,"user":"ann","event":"click","id":"[0-9a-f]{32}"\})"));
  const std::string start = first.substr(0, first.size() - 2);
  EXPECT_EQ(event_of(events, kClick), start + "-1\"}");
  EXPECT_EQ(event_of(events, kClick), start + "-2\"}");
  counted_.clear();
  EXPECT_EQ(event_of(events, kClick), first) << "another file";
  LineEvents others("web2", std::nullopt);
  counted_.clear();
  EXPECT_NE(event_of(others, kClick), first) << "another source";
}

TEST_F(LineEventsTest, RefuseWhatTheServerWouldRefuse) {
  LineEvents events("", std::nullopt);
  EXPECT_THAT(event_of(events, "{"), HasSubstr("invalid_json: "));
  EXPECT_THAT(event_of(events, R"({"timestamp":-1,"user":"ann","event":"click"})"),
              HasSubstr("invalid_timestamp: "));
  EXPECT_THAT(event_of(events, R"({"timestamp":1,"user":"","event":"click"})"), HasSubstr("invalid_user: "));
}

TEST_F(LineEventsTest, PassOverBlankLines) {
  LineEvents events("", std::nullopt);
  EXPECT_EQ(event_of(events, ""), "");
  EXPECT_EQ(event_of(events, " \t\r"), "");
}

TEST_F(LineEventsTest, MapLinesOfALog) {
  LineEvents events("", combined());
  const std::string before = "10.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /p HTTP/1.1\" ";
  const std::string behind = " 5 \"-\" \"Mozilla/5.0 (X11)\"";
  EXPECT_THAT(event_of(events, before + "200" + behind), HasSubstr(R"({"timestamp":1700000000000,"user":")"));
  EXPECT_EQ(event_of(events, before + "404" + behind), "") << "left out";
  EXPECT_THAT(event_of(events, "no such line"), HasSubstr("not_mapped: "));
}

TEST_F(LineEventsTest, EndWhenCountingFails) {
  LineEvents events("", std::nullopt);
  const LineCount full = [](const LineKey&) { return base::unexpected(std::string("the disk is full")); };
  EXPECT_EQ(events.take(kClick, full).error(), "the disk is full");
}

}  // namespace
}  // namespace hourglass::cli
