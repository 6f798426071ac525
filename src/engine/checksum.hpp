#pragma once

#include <cstdint>
#include <string_view>

namespace hourglass::engine {

/// XXH3 of 64 bits. A seed that only this store knows keeps anybody from writing bytes that pass for a
/// record.
std::uint64_t checksum(std::string_view bytes, std::uint64_t seed);

}  // namespace hourglass::engine
