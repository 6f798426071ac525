#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/siphash.hpp"

namespace hourglass::engine {

/// Fixed-width numbers are little-endian in every file of the engine.
template <std::unsigned_integral Number>
void append_fixed(std::string& out, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    out.push_back(static_cast<char>(value >> (8 * i)));
}

template <std::unsigned_integral Number>
Number read_fixed(std::string_view bytes, std::size_t offset) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    value |=
        static_cast<Number>(static_cast<Number>(static_cast<std::uint8_t>(bytes[offset + i])) << (8 * i));
  return value;
}

inline void append_hash(std::string& out, const core::Hash128& hash) {
  append_fixed(out, hash.low);
  append_fixed(out, hash.high);
}

/// Seven bits a byte, least significant first, the top bit set on every byte but the last (LEB128).
inline void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

/// Maps small numbers of either sign to small numbers: 0, -1, 1, -2 become 0, 1, 2, 3.
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

/// Reads numbers and strings off the front of some bytes. A read beyond the end gives zeros and makes
/// failed() true for good, so that a decoder checks once at its end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <std::unsigned_integral Number>
  Number fixed() {
    const std::string_view taken = bytes(sizeof(Number));
    return taken.empty() ? Number{0} : read_fixed<Number>(taken, 0);
  }

  core::Hash128 hash() {
    const auto low = fixed<std::uint64_t>();
    return {low, fixed<std::uint64_t>()};
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = fixed<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0)
        return value;
    }
    failed_ = true;
    return 0;
  }

  std::string_view bytes(std::size_t count) {
    if (failed_ || rest_.size() < count) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return !failed_ && rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace hourglass::engine
