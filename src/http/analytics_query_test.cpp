#include "http/analytics_query.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hourglass::http {
namespace {

using base::ErrorCode;

std::optional<ErrorCode> fault_of(const std::string& query, const KeyHeader& header = {}) {
  const auto event = parse_event_query(query, header, {}, core::Timestamp{0});
  return event ? std::nullopt : std::optional(event.error().code);
}

TEST(EventQuery, ReadsAnEvent) {
  const auto event = parse_event_query("x=1&user=a%C3%A4+b%2B&impression=&timestamp=007&id=k%21", {}, {}, {});
  ASSERT_TRUE(event);
  EXPECT_EQ(event->timestamp, core::Timestamp{7});
  EXPECT_EQ(event->user.bytes(), "aä b+");
  EXPECT_EQ(event->kind, core::Kind::impression);
  EXPECT_EQ(event->key->text(), "k!");
}

struct Case {
  std::string query;
  ErrorCode code;
};

TEST(EventQuery, FaultsHaveTheirCodes) {
  const std::vector<Case> cases = {
      {"", ErrorCode::missing_timestamp},
      {"user=a&click", ErrorCode::missing_timestamp},
      {"timestamp=&user=a&click", ErrorCode::invalid_timestamp},
      {"timestamp&user=a&click", ErrorCode::invalid_timestamp},
      {"timestamp=%31&user=a&click", ErrorCode::invalid_timestamp},
      {"timestamp=+1&user=a&click", ErrorCode::invalid_timestamp},
      {"timestamp=000000000000000000001&user=a&click", ErrorCode::invalid_timestamp},
      {"timestamp=253402300800000&user=a&click", ErrorCode::timestamp_out_of_range},
      {"timestamp=1&timestamp=1&user=a&click", ErrorCode::duplicate_parameter},
      {"timestamp=1&click", ErrorCode::missing_user},
      {"timestamp=1&us%65r=a&click", ErrorCode::missing_user},
      {"timestamp=1&user=&click", ErrorCode::invalid_user},
      {"timestamp=1&user=%00&click", ErrorCode::invalid_user},
      {"timestamp=1&user=%ff&click", ErrorCode::invalid_user},
      {"timestamp=1&user=%&click", ErrorCode::invalid_escape},
      {"timestamp=1&user=%4&click", ErrorCode::invalid_escape},
      {"timestamp=1&user=%g1&click", ErrorCode::invalid_escape},
      {"timestamp=1&user=a&user=b&click", ErrorCode::duplicate_parameter},
      {"timestamp=1&user=" + std::string(257, 'a') + "&click", ErrorCode::invalid_user},
      {"timestamp=1&user=a", ErrorCode::missing_event},
      {"timestamp=1&user=a&Click", ErrorCode::missing_event},
      {"timestamp=1&user=a&click&impression", ErrorCode::ambiguous_event},
      {"timestamp=1&user=a&click=1", ErrorCode::invalid_parameter},
      {"timestamp=1&user=a&click&click", ErrorCode::duplicate_parameter},
      {"timestamp=1&user=a&click&id=", ErrorCode::invalid_idempotency_key},
      {"timestamp=1&user=a&click&id=a%20b", ErrorCode::invalid_idempotency_key},
      {"timestamp=1&user=a&click&id=%zz", ErrorCode::invalid_escape},
      {"timestamp=1&user=a&click&id=a&id=a", ErrorCode::duplicate_parameter},
      {"timestamp=x&user=&id=", ErrorCode::invalid_timestamp},
      {"timestamp=1&user=&id=", ErrorCode::invalid_user},
      {"timestamp=1&user=a&id=", ErrorCode::missing_event},
  };
  for (const Case& c : cases)
    EXPECT_EQ(fault_of(c.query), c.code) << c.query;
}

TEST(EventQuery, OtherParametersAreNotLookedInto) {
  EXPECT_FALSE(
      fault_of("&&a=%&a=%&timestamp=1&=&user=" + std::string(256, 'a') + "&click&consistency=x&b=%zz"));
}

TEST(EventQuery, HeaderAndParameterMustAgree) {
  const std::string query = "timestamp=1&user=a&click";
  EXPECT_FALSE(fault_of(query, {1, "k"}));
  EXPECT_FALSE(fault_of(query + "&id=k", {1, "k"}));
  EXPECT_EQ(fault_of(query + "&id=l", {1, "k"}), ErrorCode::invalid_idempotency_key);
  EXPECT_EQ(fault_of(query, {2, "k"}), ErrorCode::invalid_idempotency_key);
  EXPECT_EQ(fault_of(query, {1, ""}), ErrorCode::invalid_idempotency_key);
  EXPECT_EQ(parse_event_query(query, {1, "a%20b"}, {}, {})->key->text(), "a%20b")
      << "a header is taken verbatim";
}

TEST(ReadQuery, KnowsTimestampAndConsistencyOnly) {
  EXPECT_EQ(parse_read_query("timestamp=3600000")->hour, core::Hour{1});
  EXPECT_EQ(parse_read_query("timestamp=1")->consistency, ports::Consistency::fast);
  EXPECT_EQ(parse_read_query("timestamp=1&consistency=fast")->consistency, ports::Consistency::fast);
  EXPECT_EQ(parse_read_query("consistency=strong&timestamp=1")->consistency, ports::Consistency::strong);
  EXPECT_TRUE(parse_read_query("timestamp=1&consistency=strong&user=%&user=%&click&click"));
  EXPECT_EQ(parse_read_query("consistency=x").error().code, ErrorCode::missing_timestamp);
  EXPECT_EQ(parse_read_query("timestamp=1&consistency=").error().code, ErrorCode::invalid_parameter);
  EXPECT_EQ(parse_read_query("timestamp=1&consistency=Fast").error().code, ErrorCode::invalid_parameter);
  EXPECT_EQ(parse_read_query("timestamp=1&consistency=fast&consistency=fast").error().code,
            ErrorCode::duplicate_parameter);
}

}  // namespace
}  // namespace hourglass::http
