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

}  // namespace
}  // namespace hourglass::base
