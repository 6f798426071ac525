#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "engine/files/file_system.hpp"

namespace hourglass::engine {

/// Why the store could not do something.
struct StoreFailure {
  enum class Reason : std::uint8_t {
    full,          // no room for it; nothing was written
    io,            // a file operation failed; trying again later may help
    damaged,       // bytes on the disk are not what was written, or files are missing
    newer_format,  // written by a newer version of the program
    cancelled,     // the program is ending
  };

  Reason reason;
  std::string message;  // names the file
};

template <typename T>
using StoreResult = base::Expected<T, StoreFailure>;

inline auto io_failure(const IoError& error) {
  return base::unexpected(StoreFailure{StoreFailure::Reason::io, error.message()});
}

inline auto damage(const std::filesystem::path& path, const std::string& what) {
  return base::unexpected(
      StoreFailure{StoreFailure::Reason::damaged, path.string() + " is damaged: " + what});
}

inline auto newer_format(const std::filesystem::path& path, std::uint32_t version) {
  return base::unexpected(StoreFailure{StoreFailure::Reason::newer_format,
                                       path.string() + " has format version " + std::to_string(version) +
                                           ", which is newer than this program"});
}

}  // namespace hourglass::engine
