#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/commit_record.hpp"
#include "engine/files/file_system.hpp"
#include "engine/store_failure.hpp"

namespace hourglass::engine {

struct BackupFigures {
  std::uint64_t bytes_copied = 0;
  std::uint64_t bytes_reused = 0;  // of files that the directory held already
  Sequence next_sequence{1};       // the events before it are in the backup
};

/// The absolute path of a directory for backups; a failure where the backup would touch the data directory
/// itself. Looks at names only.
StoreResult<std::filesystem::path> backup_path(const std::filesystem::path& data_directory,
                                               const std::filesystem::path& target);

/// Copies a store to a directory, which becomes a data directory of the same store with all events that were
/// acknowledged before the call, and perhaps later ones. A server may be at work on the store: it is not
/// asked and not disturbed. `target` comes from backup_path(). What is guaranteed when this is interrupted:
/// BackupFolder. Runs on the caller's thread; takes the memory of one segment of the log.
StoreResult<BackupFigures> back_up(FileSystem& files, const std::filesystem::path& data_directory,
                                   const std::filesystem::path& target);

}  // namespace hourglass::engine
