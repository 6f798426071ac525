#include "cluster/log/partition.hpp"

#include <cstring>

namespace hourglass::cluster {
namespace {

/// MurmurHash2 as Kafka's clients in Java have it (org.apache.kafka.common.utils.Utils.murmur2).
std::uint32_t murmur2(std::string_view bytes) {
  constexpr std::uint32_t kSeed = 0x9747b28c;
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  constexpr int kShift = 24;
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
  while (bytes.size() >= 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));  // little endian, as the machines that this runs on
    word *= kMultiplier;
    word ^= word >> kShift;
    word *= kMultiplier;
    hash = (hash * kMultiplier) ^ word;
    bytes.remove_prefix(4);
  }
  const auto byte = [&](std::size_t at) { return std::uint32_t{static_cast<unsigned char>(bytes[at])}; };
  if (bytes.size() > 2)
    hash ^= byte(2) << 16U;
  if (bytes.size() > 1)
    hash ^= byte(1) << 8U;
  if (!bytes.empty())
    hash = (hash ^ byte(0)) * kMultiplier;
  hash ^= hash >> 13U;
  hash *= kMultiplier;
  return hash ^ (hash >> 15U);
}

}  // namespace

Partition partition_of(std::string_view user, std::uint32_t partitions) {
  constexpr std::uint32_t kWithoutSign = 0x7fffffff;
  return Partition{(murmur2(user) & kWithoutSign) % partitions};
}

}  // namespace hourglass::cluster
