#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::store_spike {

inline constexpr std::size_t kHashesPerBlock = 512;

enum class BlockCoding {
  whole_bytes,  // every distance in as many bytes as the largest one of the block needs
  rice,         // the low bits of a distance as they are, the rest in unary
};

/// A block of sorted hashes: the first one, and the distances between them.
std::string encode_block(std::span<const std::uint64_t> sorted, BlockCoding coding);

/// The hashes of a block that is whole: its checksum has been verified.
void decode_block(std::string_view block, BlockCoding coding, std::vector<std::uint64_t>& hashes);

}  // namespace hourglass::store_spike
