#include "cli/hashing/value_digest.hpp"

#include <array>
#include <cstdint>
#include <new>

#include <openssl/evp.h>

#include "base/hexadecimal.hpp"

namespace hourglass::cli {
namespace {

struct ContextEnd {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

struct AlgorithmEnd {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

/// Nothing but a want of memory makes these calls fail.
void must(bool is_well) {
  if (!is_well)
    throw std::bad_alloc();
}

void append_word(std::string& out, std::uint64_t word) {
  constexpr unsigned kByteBits = 8;
  for (unsigned shift = 64; shift > 0; shift -= kByteBits)
    base::append_hex(out, static_cast<std::uint8_t>(word >> (shift - kByteBits)));
}

}  // namespace

struct ValueDigest::Hasher {
  // Looked up once: a lookup takes longer than a hash.
  std::unique_ptr<EVP_MD, AlgorithmEnd> sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, ContextEnd> context{EVP_MD_CTX_new()};
};

ValueDigest::ValueDigest() : hasher_(std::make_unique<Hasher>()) {
  must(hasher_->sha256 != nullptr && hasher_->context != nullptr);
}

ValueDigest::~ValueDigest() = default;
ValueDigest::ValueDigest(ValueDigest&&) noexcept = default;
ValueDigest& ValueDigest::operator=(ValueDigest&&) noexcept = default;

void ValueDigest::begin() {
  must(EVP_DigestInit_ex2(hasher_->context.get(), hasher_->sha256.get(), nullptr) == 1);
}

void ValueDigest::add(std::string_view value) {
  constexpr int kByteBits = 8;
  std::array<unsigned char, sizeof(std::uint64_t)> size{};
  for (std::size_t i = 0; i < size.size(); ++i)
    size[i] = static_cast<unsigned char>(std::uint64_t{value.size()} >> kByteBits * (size.size() - 1 - i));
  must(EVP_DigestUpdate(hasher_->context.get(), size.data(), size.size()) == 1 &&
       EVP_DigestUpdate(hasher_->context.get(), value.data(), value.size()) == 1);
}

core::Hash128 ValueDigest::end() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  must(EVP_DigestFinal_ex(hasher_->context.get(), digest.data(), nullptr) == 1);
  core::Hash128 hash;
  for (std::size_t i = 0; i < sizeof hash.high; ++i) {
    hash.high = hash.high << 8U | digest[i];
    hash.low = hash.low << 8U | digest[sizeof hash.high + i];
  }
  return hash;
}

std::string hex_text(const core::Hash128& digest) {
  std::string text;
  append_word(text, digest.high);
  append_word(text, digest.low);
  return text;
}

}  // namespace hourglass::cli
