// SipHash against a second implementation: that of OpenSSL.

#include <array>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/testing/test_seed.hpp"
#include "core/siphash.hpp"

namespace hourglass::core {
namespace {

std::uint64_t little_endian_word(const unsigned char* bytes) {
  std::uint64_t word = 0;
  for (int i = 7; i >= 0; --i)
    word = word << 8 | bytes[i];
  return word;
}

class OpensslSipHash {
 public:
  Hash128 hash128(const HashKey& key, const std::string& bytes) {
    const auto result = hash<16>(key, bytes);
    return {little_endian_word(result.data()), little_endian_word(result.data() + 8)};
  }

  std::uint64_t hash64(const HashKey& key, const std::string& bytes) {
    return little_endian_word(hash<8>(key, bytes).data());
  }

 private:
  template <std::size_t Size>
  std::array<unsigned char, Size> hash(const HashKey& key, const std::string& bytes) {
    std::array<unsigned char, Size> result{};
    std::size_t result_size = Size;
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t("size", &result_size),
                                     OSSL_PARAM_construct_end()};
    EXPECT_EQ(EVP_MAC_init(context_.get(), key.data(), key.size(), parameters), 1);
    EXPECT_EQ(
        EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()),
        1);
    EXPECT_EQ(EVP_MAC_final(context_.get(), result.data(), &result_size, result.size()), 1);
    EXPECT_EQ(result_size, Size);
    return result;
  }

  std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> algorithm_{EVP_MAC_fetch(nullptr, "SIPHASH", nullptr),
                                                               &EVP_MAC_free};
  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context_{EVP_MAC_CTX_new(algorithm_.get()),
                                                                     &EVP_MAC_CTX_free};
};

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

TEST(SipHash, AgreesWithOpenssl) {
  std::mt19937_64 random(base::test_seed());
  OpensslSipHash openssl;
  for (int round = 0; round < 20'000; ++round) {
    HashKey key{};
    for (std::uint8_t& byte : key)
      byte = static_cast<std::uint8_t>(random());
    const std::string first = random_bytes(random, random() % 300);
    const std::string second = random_bytes(random, random() % 140);
    ASSERT_EQ(siphash64(key, first), openssl.hash64(key, first)) << first.size();
    std::string both = first;
    both.append(1, '\0').append(second);
    ASSERT_EQ(siphash128(key, first, second), openssl.hash128(key, both))
        << first.size() << ' ' << second.size();
  }
}

}  // namespace
}  // namespace hourglass::core
