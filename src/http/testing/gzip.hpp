#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hourglass::http {

/// Compresses with zlib; `window` says in which format, as deflateInit2 has it.
std::string compress(std::string_view text, int level, int window);

/// One member of gzip.
std::string gzip(std::string_view text, int level = 9);

/// The text of exactly one member, decompressed at once; nothing where it is damaged, or not all there is.
std::optional<std::string> gunzip_member(std::string_view compressed);

}  // namespace hourglass::http
