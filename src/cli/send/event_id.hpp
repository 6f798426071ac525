#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/siphash.hpp"

namespace hourglass::cli {

/// Names lines of an input by what they say: 128 bits of SHA-256 over the name of the source and the line.
/// Nobody can make two lines of the same name, though anybody may write into a log. One thread at a time.
class LineDigest {
 public:
  /// `source` is --source: equal lines of different sources have different digests.
  explicit LineDigest(const std::string& source);
  ~LineDigest();
  LineDigest(LineDigest&&) noexcept;
  LineDigest& operator=(LineDigest&&) noexcept;

  [[nodiscard]] core::Hash128 of(std::string_view line);

 private:
  struct Hasher;

  std::string source_;  // with its length before it
  std::unique_ptr<Hasher> hasher_;
};

/// The id of the event of a line that stood `earlier` times in its input before: the digest in 32 hex digits,
/// and from the second time on `-1`, `-2`, … behind it.
std::string event_id(const core::Hash128& digest, std::uint64_t earlier);

}  // namespace hourglass::cli
