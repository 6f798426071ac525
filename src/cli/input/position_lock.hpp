#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "engine/files/descriptor.hpp"

namespace hourglass::cli {

/// What stands behind the name of a position file in that of its lock.
inline constexpr const char* kLockSuffix = ".lock";

/// Keeps a second process off a position file for as long as it lives: each would move the place of the
/// other. The kernel releases the lock when the process ends, however it ends; the file stays. Movable; one
/// thread.
class PositionLock {
 public:
  PositionLock() = default;

  /// The failure is a sentence that names the position.
  static base::Expected<PositionLock, std::string> acquire(const std::filesystem::path& position);

 private:
  explicit PositionLock(engine::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  engine::Descriptor descriptor_;
};

}  // namespace hourglass::cli
