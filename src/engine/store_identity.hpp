#pragma once

#include <array>
#include <cstdint>
#include <filesystem>

#include "core/siphash.hpp"
#include "engine/store_failure.hpp"

namespace hourglass::engine {

/// What makes a store this store: random, made once, never changed. Kept in the file `store`, whose bytes
/// docs/formats/store.md describes.
struct StoreIdentity {
  std::array<std::uint8_t, 16> id{};  // public: part of the identity of exported events
  core::HashKey hash_key{};           // secret: keys the hashes of users and idempotency keys

  static StoreIdentity random();

  /// Seeds the checksums of all other files: bytes of another store never pass for this one's.
  [[nodiscard]] std::uint64_t checksum_seed() const;
};

/// 1: everything is in the log. 2: hours move to runs and events to event files, after which the log is cut
/// from the front.
inline constexpr std::uint32_t kStoreFormatVersion = 2;

struct StoreFile {
  StoreIdentity identity;
  std::uint32_t version = kStoreFormatVersion;  // of the format; those before the present one can be read
};

StoreResult<StoreFile> read_identity(FileSystem& files, const std::filesystem::path& path);
StoreResult<void> write_identity(FileSystem& files, const std::filesystem::path& path,
                                 const StoreIdentity& identity);

}  // namespace hourglass::engine
