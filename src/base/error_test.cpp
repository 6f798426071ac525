#include "base/error.hpp"

#include <set>

#include <gtest/gtest.h>

namespace hourglass::base {
namespace {

TEST(ErrorCode, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t code = 0; code < kErrorCodeCount; ++code)
    names.insert(to_string(static_cast<ErrorCode>(code)));
  EXPECT_EQ(names.size(), kErrorCodeCount);
  EXPECT_FALSE(names.contains("unknown"));
}

// Clients compare with these names: whoever changes one breaks them.
TEST(ErrorCode, NamesAreStable) {
  std::set<std::string_view> names;
  for (std::size_t code = 0; code < kErrorCodeCount; ++code)
    names.insert(to_string(static_cast<ErrorCode>(code)));
  for (const char* promised : {"missing_timestamp", "invalid_timestamp",  "timestamp_out_of_range",
                               "missing_user",      "invalid_user",       "missing_event",
                               "ambiguous_event",   "invalid_event",      "duplicate_parameter",
                               "invalid_parameter", "invalid_escape",     "invalid_idempotency_key",
                               "invalid_json",      "invalid_body",       "malformed_request",
                               "not_found",         "method_not_allowed", "request_timeout",
                               "body_too_large",    "target_too_long",    "unsupported_encoding",
                               "headers_too_large", "overloaded",         "storage_full",
                               "store_unavailable", "shutting_down",      "outcome_unknown",
                               "hour_damaged",      "hour_frozen",        "cold_store_behind",
                               "deadline_exceeded"})
    EXPECT_TRUE(names.contains(promised)) << promised;
}

}  // namespace
}  // namespace hourglass::base
