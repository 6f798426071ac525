#pragma once

#include <string>
#include <string_view>

#include "base/testing/gzip.hpp"

namespace hourglass::cli {

using base::gzip;

/// One frame of zstd with a checksum.
std::string zstd(std::string_view text);

}  // namespace hourglass::cli
