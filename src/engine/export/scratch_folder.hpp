#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "engine/files/posix_file_system.hpp"
#include "engine/store_failure.hpp"

namespace hourglass::engine {

/// A folder of its own, mode 0700, in the directory for temporary files (TMPDIR), made when it is
/// asked for and removed with everything in it. Belongs to one export; one thread.
class ScratchFolder {
 public:
  ScratchFolder() = default;
  ~ScratchFolder() { remove(); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// A failure names the directory.
  StoreResult<std::filesystem::path> path();
  void remove();

  PosixFileSystem& files() { return files_; }

 private:
  PosixFileSystem files_;
  std::optional<std::filesystem::path> path_;
};

}  // namespace hourglass::engine
