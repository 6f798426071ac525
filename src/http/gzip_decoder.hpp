#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/gzip_members.hpp"
#include "base/result.hpp"

namespace hourglass::http {

/// Decompresses the body of a request as it arrives, into pieces of its own. One thread at a time.
class GzipDecoder {
 public:
  /// `consumed` bytes of the input were used. The text is valid until the next call.
  struct Step {
    std::size_t consumed = 0;
    std::string_view text;
  };

  /// About how much memory one takes: zlib's window and tables, and a piece of text.
  static constexpr std::size_t kHeldBytes = 64 * 1024;

  /// Decompresses on until there are 16 KiB of text, or a member or the input ends. Fails with invalid_body.
  base::Result<Step> next(std::string_view compressed);

  /// Whether the next call may have something to say without any further input.
  [[nodiscard]] bool has_more() const { return has_more_; }

  /// Says that nothing more comes. Fails with invalid_body unless the last member is complete.
  [[nodiscard]] base::Result<void> finish() const;

 private:
  static constexpr std::size_t kPieceSize = std::size_t{16} * 1024;

  base::GzipMembers members_;
  std::array<char, kPieceSize> piece_;
  bool has_more_ = false;
};

}  // namespace hourglass::http
