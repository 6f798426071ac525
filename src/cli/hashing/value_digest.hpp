#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/siphash.hpp"

namespace hourglass::cli {

/// The first 128 bits of SHA-256 over several values, each behind its length as eight bytes (big-endian), so
/// that ("ab", "c") and ("a", "bc") differ. Nobody can find two lists with the same digest, though anybody
/// may write into a log. One thread at a time.
class ValueDigest {
 public:
  ValueDigest();
  ~ValueDigest();
  ValueDigest(ValueDigest&&) noexcept;
  ValueDigest& operator=(ValueDigest&&) noexcept;

  void begin();
  void add(std::string_view value);

  /// Of the values since begin().
  [[nodiscard]] core::Hash128 end();

 private:
  struct Hasher;
  std::unique_ptr<Hasher> hasher_;
};

/// 32 hexadecimal digits.
std::string hex_text(const core::Hash128& digest);

}  // namespace hourglass::cli
