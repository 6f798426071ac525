#include "cli/send/event_id.hpp"

#include <array>
#include <new>

#include <openssl/evp.h>

namespace hourglass::cli {
namespace {

void append_hex(std::string& out, std::uint64_t word) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr int kBits = 64;
  for (int shift = kBits - 4; shift >= 0; shift -= 4)
    out += kDigits[word >> static_cast<unsigned>(shift) & 0xFU];
}

struct ContextEnd {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

struct AlgorithmEnd {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

}  // namespace

struct LineDigest::Hasher {
  std::unique_ptr<EVP_MD, AlgorithmEnd> sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, ContextEnd> context{EVP_MD_CTX_new()};
};

LineDigest::LineDigest(const std::string& source)
    : source_(std::to_string(source.size()) + ":" + source), hasher_(std::make_unique<Hasher>()) {
  if (hasher_->sha256 == nullptr || hasher_->context == nullptr)
    throw std::bad_alloc();  // there is no other reason
}

LineDigest::~LineDigest() = default;
LineDigest::LineDigest(LineDigest&&) noexcept = default;
LineDigest& LineDigest::operator=(LineDigest&&) noexcept = default;

core::Hash128 LineDigest::of(std::string_view line) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_DigestInit_ex2(hasher_->context.get(), hasher_->sha256.get(), nullptr);
  EVP_DigestUpdate(hasher_->context.get(), source_.data(), source_.size());
  EVP_DigestUpdate(hasher_->context.get(), line.data(), line.size());
  EVP_DigestFinal_ex(hasher_->context.get(), digest.data(), nullptr);
  core::Hash128 hash;
  for (std::size_t i = 0; i < sizeof hash.high; ++i) {
    hash.high = hash.high << 8U | digest[i];
    hash.low = hash.low << 8U | digest[sizeof hash.high + i];
  }
  return hash;
}

std::string event_id(const core::Hash128& digest, std::uint64_t earlier) {
  std::string id;
  append_hex(id, digest.high);
  append_hex(id, digest.low);
  if (earlier > 0)
    id += "-" + std::to_string(earlier);
  return id;
}

}  // namespace hourglass::cli
