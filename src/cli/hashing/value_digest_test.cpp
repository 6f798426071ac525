#include "cli/hashing/value_digest.hpp"

#include <gtest/gtest.h>

namespace hourglass::cli {
namespace {

core::Hash128 digest_of(ValueDigest& digest, std::initializer_list<std::string_view> values) {
  digest.begin();
  for (const std::string_view value : values)
    digest.add(value);
  return digest.end();
}

// printf '\0\0\0\0\0\0\0\4web1\0\0\0\0\0\0\0\5hello' | sha256sum | cut -c1-32
TEST(ValueDigest, IsTheBeginningOfTheSha256OfTheValuesBehindTheirLengths) {
  ValueDigest digest;
  EXPECT_EQ(hex_text(digest_of(digest, {"web1", "hello"})), "8f0c3f4b9ad4f5a6a21ffb003a7938ae");
}

TEST(ValueDigest, TellsListsApart) {
  ValueDigest digest;
  EXPECT_NE(digest_of(digest, {"a", "bc"}), digest_of(digest, {"ab", "c"}));
  EXPECT_NE(digest_of(digest, {"a", ""}), digest_of(digest, {"a"}));
  EXPECT_EQ(digest_of(digest, {"a", "b"}), digest_of(digest, {"a", "b"}));
}

}  // namespace
}  // namespace hourglass::cli
