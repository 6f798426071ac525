#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.hpp"

namespace hourglass::http {

/// Decompresses gzip (RFC 1952) as it arrives: one member or several, each checked against its checksum and
/// its length. One thread at a time.
class GzipDecoder {
 public:
  /// Takes some decompressed bytes; a failure of it ends the decoding and is handed on.
  using Sink = std::function<base::Result<void>(std::string_view)>;

  GzipDecoder();
  ~GzipDecoder();
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  /// Decompresses what the bytes allow, in pieces of at most 64 KiB. Fails with invalid_body.
  base::Result<void> append(std::string_view compressed, const Sink& sink);

  /// Says that nothing more comes. Fails with invalid_body unless the last member is complete.
  [[nodiscard]] base::Result<void> finish() const;

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  bool member_complete_ = false;
};

}  // namespace hourglass::http
