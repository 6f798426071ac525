#pragma once

#include <string>
#include <string_view>

namespace hourglass::cli {

/// One member of gzip.
std::string gzip(std::string_view text);

/// One frame of zstd with a checksum.
std::string zstd(std::string_view text);

}  // namespace hourglass::cli
