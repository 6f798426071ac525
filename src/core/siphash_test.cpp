#include "core/siphash.hpp"

#include <numeric>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace hourglass::core {
namespace {

HashKey counting_key() {
  HashKey key;
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  return key;
}

/// 00 01 02 …
std::string counting_input(std::size_t size) {
  std::string input(size, '\0');
  std::iota(input.begin(), input.end(), '\0');
  return input;
}

// The authors' test vectors (github.com/veorq/SipHash, vectors.h): key 00 01 02 .. 0f, input 00 01 02 .. of
// sizes around the end of a word.
TEST(SipHash, HasTheValuesOfItsAuthors) {
  const std::pair<std::size_t, std::uint64_t> vectors[] = {
      {0, 0x726fdb47dd0e0e31}, {1, 0x74f839c593dc67fd},  {7, 0xab0200f58b01d137},  {8, 0x93f5f5799a932462},
      {9, 0x9e0082df0ba9e4b0}, {15, 0xa129ca6149be45e5}, {16, 0x3f2acc7f57c29bdb}, {63, 0x958a324ceb064572},
  };
  for (const auto& [size, hash] : vectors)
    EXPECT_EQ(siphash64(counting_key(), counting_input(size)), hash) << size;
}

// The inputs begin with the zero byte that siphash128 puts between its two parts.
TEST(SipHash, HasTheValuesOfItsAuthorsIn128BitsToo) {
  const std::pair<std::size_t, Hash128> vectors[] = {
      {1, {0x44af996bd8c187da, 0x45fc229b11597634}},  {2, {0xc75da4a48d227781, 0xe4ff0af6de8ba3fc}},
      {8, {0x61f55862baa9623b, 0xb49714f364e2830f}},  {9, {0xabbad90a06994426, 0xed716dbb028b7fc4}},
      {15, {0x11a8b03399e99354, 0xd9c3cf970fec087e}}, {63, {0x4a83502f77d15051, 0x7cbd3f979a063e50}},
  };
  for (const auto& [size, hash] : vectors)
    EXPECT_EQ(siphash128(counting_key(), "", counting_input(size).substr(1)), hash) << size;
}

TEST(SipHash, EveryBitOfTheKeyCounts) {
  const std::uint64_t hash = siphash64(counting_key(), "ann");
  const Hash128 hash128 = siphash128(counting_key(), "ann", "key");
  for (std::size_t bit = 0; bit < 128; ++bit) {
    HashKey key = counting_key();
    key[bit / 8] = static_cast<std::uint8_t>(key[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_NE(siphash64(key, "ann"), hash) << bit;
    EXPECT_NE(siphash128(key, "ann", "key"), hash128) << bit;
  }
}

TEST(SipHash, TheZeroByteKeepsUserAndKeyApart) {
  const HashKey key = counting_key();
  EXPECT_NE(siphash128(key, "ab", "c"), siphash128(key, "a", "bc"));
  EXPECT_NE(siphash128(key, "ab", ""), siphash128(key, "", "ab"));
}

}  // namespace
}  // namespace hourglass::core
