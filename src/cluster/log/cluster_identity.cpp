#include "cluster/log/cluster_identity.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "base/hexadecimal.hpp"

namespace hourglass::cluster {
namespace {

constexpr std::size_t kDigestBytes = 16;

/// The first bytes of SHA-256.
std::array<std::uint8_t, kDigestBytes> digest(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> whole{};
  EVP_Digest(text.data(), text.size(), whole.data(), nullptr, EVP_sha256(), nullptr);
  std::array<std::uint8_t, kDigestBytes> first{};
  std::copy_n(whole.begin(), first.size(), first.begin());
  return first;
}

/// Each part with its length before it, so that no two lists look the same.
void append(std::string& text, std::string_view part) {
  text += std::to_string(part.size()) + ':';
  text += part;
}

}  // namespace

core::HashKey hash_key(std::string_view secret) {
  std::string text = "hourglass users";
  append(text, secret);
  return digest(text);
}

std::string fingerprint(const ClusterIdentity& identity) {
  std::string text = "hourglass cluster 1";
  append(text, identity.secret);
  append(text, std::to_string(identity.partitions));
  append(text, std::to_string(identity.idempotency_window.count()));
  append(text, "exact");
  append(text, identity.kafka_cluster);
  append(text, identity.topic);
  std::string shown;
  for (const std::uint8_t byte : digest(text))
    base::append_hex(shown, byte);
  return shown;
}

}  // namespace hourglass::cluster
