#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "engine/files/descriptor.hpp"

namespace hourglass::engine {

/// Keeps a second process out of a data directory for as long as it lives. The kernel releases the lock when
/// the process ends, however it ends.
class DirectoryLock {
 public:
  DirectoryLock() = default;

  /// Makes the directory (mode 0700) when it is missing.
  static base::StartResult<DirectoryLock> acquire(const std::filesystem::path& directory);

  /// The same for who must not change anything: makes neither the directory nor the file in it. Where there
  /// is no such file nobody has the directory open, and nothing is locked.
  static base::StartResult<DirectoryLock> acquire_existing(const std::filesystem::path& directory);

 private:
  static base::StartResult<DirectoryLock> lock(const std::filesystem::path& directory, Descriptor descriptor);
  explicit DirectoryLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  Descriptor descriptor_;
};

}  // namespace hourglass::engine
