#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "engine/files/directory_lock.hpp"
#include "engine/files/file_system.hpp"
#include "engine/log_record.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

/// Where a backup is put together: beside the directory that it is to become, in one with the suffix
/// `.unfinished`. What that directory holds already is linked and not written again. publish() swaps the two:
/// whenever the process or the machine ends, the directory holds the old backup or the new one, whole and
/// durable. Belongs to one backup; one thread.
class BackupFolder {
 public:
  /// Refuses a directory that another process uses, or that holds something else than a backup of this store.
  /// Clears away what an earlier attempt has left beside it. `target` is absolute.
  static StoreResult<BackupFolder> prepare(FileSystem& files, const std::filesystem::path& target,
                                           const StoreIdentity& identity);

  /// Takes in a file that never changes, under a name like `hours/1-52113.hours`; in place of what has that
  /// name already. A failure is one of the backup's own files, or of reading `source`.
  StoreResult<void> add_file(const std::string& name, const File& source);

  /// Takes in a file with this content; in place of what has that name already.
  StoreResult<void> add_content(const std::string& name, std::string_view content);

  /// Leaves out what has been taken in and is not among these.
  StoreResult<void> keep_only(const std::set<std::string>& names);

  /// Says with which record the log ends, as in a store that was closed in order.
  StoreResult<void> mark_closed(const StoreIdentity& identity, RecordNumber last);

  /// Makes everything durable and gives it its place, then removes the backup that was there.
  StoreResult<void> publish();

  /// Removes what has been put together. The directory stays as it is.
  void abandon();

  [[nodiscard]] bool replaces_one() const { return target_exists_; }
  [[nodiscard]] std::uint64_t bytes_copied() const;
  [[nodiscard]] std::uint64_t bytes_reused() const;

 private:
  struct Added {
    std::uint64_t bytes = 0;
    bool is_reused = false;
  };

  BackupFolder(FileSystem& files, const std::filesystem::path& target);

  StoreResult<void> find_target(const StoreIdentity& identity);
  StoreResult<void> make_unfinished();
  StoreResult<bool> reuse(const std::string& name, std::uint64_t bytes);
  StoreResult<void> copy(const std::string& name, const File& source, std::uint64_t bytes);
  StoreResult<void> take_out(const std::string& name);

  FileSystem* files_;
  std::filesystem::path target_;
  std::filesystem::path unfinished_;
  bool target_exists_ = false;
  bool is_placed_ = false;
  DirectoryLock target_lock_;
  DirectoryLock unfinished_lock_;
  std::map<std::string, Added> added_;
};

}  // namespace hourglass::engine
