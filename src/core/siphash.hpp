#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hourglass::core {

/// The secret 128 bits that key SipHash. Who does not know them cannot make two inputs collide.
using HashKey = std::array<std::uint8_t, 16>;

/// A hash of 128 bits as two words.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// SipHash-2-4 with a result of 64 bits (Aumasson and Bernstein, 2012).
std::uint64_t siphash64(const HashKey& key, std::string_view bytes);

/// SipHash-2-4 with a result of 128 bits, over `first`, one zero byte, and `second`. The zero byte keeps
/// ("ab", "c") apart from ("a", "bc") as long as `first` holds none.
Hash128 siphash128(const HashKey& key, std::string_view first, std::string_view second);

}  // namespace hourglass::core
