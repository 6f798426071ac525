#include "cli/access_log/user_hash.hpp"

#include <array>
#include <cstdint>

#include <openssl/evp.h>

namespace hourglass::cli {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kBytesShown = 16;

}  // namespace

class UserHash::Implementation {
 public:
  void begin() { good_ = EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1; }

  void add(std::string_view value) {
    std::array<unsigned char, 8> size{};
    for (std::size_t i = 0; i < size.size(); ++i)
      size[i] = static_cast<unsigned char>(std::uint64_t{value.size()} >> (56 - 8 * i));
    good_ = good_ && EVP_DigestUpdate(context_.get(), size.data(), size.size()) == 1 &&
            EVP_DigestUpdate(context_.get(), value.data(), value.size()) == 1;
  }

  std::string end() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    if (!good_ || EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1)
      return {};
    std::string user(2 * kBytesShown, '0');
    for (std::size_t i = 0; i < kBytesShown; ++i) {
      user[2 * i] = kHexDigits[digest[i] / 16];
      user[2 * i + 1] = kHexDigits[digest[i] % 16];
    }
    return user;
  }

 private:
  // Looked up once: a lookup takes longer than a hash.
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_{EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                             &EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  bool good_ = false;
};

UserHash::UserHash() : implementation_(std::make_unique<Implementation>()) {}
UserHash::~UserHash() = default;
UserHash::UserHash(UserHash&&) noexcept = default;
UserHash& UserHash::operator=(UserHash&&) noexcept = default;

void UserHash::begin() {
  implementation_->begin();
}

void UserHash::add(std::string_view value) {
  implementation_->add(value);
}

std::string UserHash::end() {
  return implementation_->end();
}

}  // namespace hourglass::cli
