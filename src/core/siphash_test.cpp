#include "core/siphash.hpp"

#include <numeric>
#include <string>

#include <gtest/gtest.h>

namespace hourglass::core {
namespace {

HashKey counting_key() {
  HashKey key;
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  return key;
}

// The authors' test vectors: key 00 01 02 .. 0f, input 00 01 02 .. of growing length.
TEST(SipHash, HasTheValuesOfItsAuthors) {
  const HashKey key = counting_key();
  EXPECT_EQ(siphash64(key, ""), 0x726fdb47dd0e0e31ULL);
  EXPECT_EQ(siphash64(key, std::string("\0", 1)), 0x74f839c593dc67fdULL);
  EXPECT_EQ(siphash64(key, std::string("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16", 15)), 0xa129ca6149be45e5ULL);
}

TEST(SipHash, TheZeroByteKeepsUserAndKeyApart) {
  const HashKey key = counting_key();
  EXPECT_NE(siphash128(key, "ab", "c"), siphash128(key, "a", "bc"));
  EXPECT_NE(siphash128(key, "ab", ""), siphash128(key, "", "ab"));
}

}  // namespace
}  // namespace hourglass::core
