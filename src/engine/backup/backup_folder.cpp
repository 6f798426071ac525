#include "engine/backup/backup_folder.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "engine/backup/directory_swap.hpp"
#include "engine/close_mark.hpp"
#include "engine/store.hpp"

namespace hourglass::engine {
namespace {

constexpr const char* kLockName = "lock";
constexpr std::array kFolders{kLogName, kKeysName, kHoursName, kEventsName};

/// All names of a backup, and that of a file that is being written.
constexpr std::array kNames{std::string_view(kIdentityName), std::string_view(kLockName),
                            std::string_view(kClosedName),   std::string_view("closed.unfinished"),
                            std::string_view(kLogName),      std::string_view(kKeysName),
                            std::string_view(kHoursName),    std::string_view(kEventsName)};

constexpr std::size_t kCopiedAtOnce = 1 << 20;

/// So much at either end of files that never change is compared. It holds their headers and the ends of their
/// indexes, with the checksums of both.
constexpr std::uint64_t kComparedBytes = 4096;

auto refusal(const std::string& message) {
  return base::unexpected(StoreFailure{StoreFailure::Reason::io, message});
}

StoreResult<DirectoryLock> lock_existing(const std::filesystem::path& directory) {
  auto lock = DirectoryLock::acquire_existing(directory);
  if (!lock)
    return refusal(lock.error().message);
  return std::move(*lock);
}

/// Whether a directory holds nothing but what a backup of this store holds, or a part of that. With
/// `may_be_torn` the file `store` too may be a part of itself only.
StoreResult<bool> is_backup(FileSystem& files, const std::filesystem::path& directory,
                            const StoreIdentity& identity, bool may_be_torn) {
  const auto names = files.list(directory);
  if (!names)
    return io_failure(names.error());
  bool has_store = false;
  for (const std::string& name : *names) {
    has_store = has_store || name == kIdentityName;
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
      return false;
  }
  if (!has_store)
    return true;
  const auto store = read_identity(files, directory / kIdentityName);
  if (!store)
    return may_be_torn && store.error().reason == StoreFailure::Reason::damaged;
  return store->identity.id == identity.id && store->identity.hash_key == identity.hash_key;
}

/// Removes a directory that an earlier backup has left.
StoreResult<void> remove_left_over(FileSystem& files, const std::filesystem::path& directory,
                                   const StoreIdentity& identity) {
  const auto exists = files.exists(directory);
  if (!exists)
    return io_failure(exists.error());
  if (!*exists)
    return {};
  const auto ours = is_backup(files, directory, identity, true);
  if (!ours)
    return base::unexpected(ours.error());
  if (!*ours)
    return refusal(directory.string() + " is in the way: it was not left by a backup of this store");
  const auto lock = lock_existing(directory);
  if (!lock)
    return base::unexpected(lock.error());
  if (const auto removed = remove_directory(directory); !removed)
    return io_failure(removed.error());
  return {};
}

IoResult<std::string> read_part(const File& file, std::uint64_t offset, std::uint64_t size) {
  std::string bytes(size, '\0');
  const auto read = file.read_at(offset, bytes);
  if (!read)
    return base::unexpected(read.error());
  bytes.resize(*read);
  return bytes;
}

/// Whether two files that never change are the same, by their sizes and their ends.
IoResult<bool> have_same_ends(const File& left, const File& right, std::uint64_t bytes) {
  const auto size = right.size();
  if (!size)
    return base::unexpected(size.error());
  if (*size != bytes)
    return false;
  const std::uint64_t compared = std::min(bytes, kComparedBytes);
  for (const std::uint64_t offset : {std::uint64_t{0}, bytes - compared}) {
    const auto ours = read_part(left, offset, compared);
    const auto theirs = read_part(right, offset, compared);
    if (!ours || !theirs)
      return base::unexpected((ours ? theirs : ours).error());
    if (*ours != *theirs)
      return false;
  }
  return true;
}

}  // namespace

BackupFolder::BackupFolder(FileSystem& files, const std::filesystem::path& target)
    : files_(&files), target_(target), unfinished_(target.string() + std::string(kUnfinishedSuffix)) {}

StoreResult<BackupFolder> BackupFolder::prepare(FileSystem& files, const std::filesystem::path& target,
                                                const StoreIdentity& identity) {
  BackupFolder folder(files, target);
  if (auto found = folder.find_target(identity); !found)
    return base::unexpected(found.error());
  if (auto removed = remove_left_over(files, folder.unfinished_, identity); !removed)
    return base::unexpected(removed.error());
  if (auto made = folder.make_unfinished(); !made)
    return base::unexpected(made.error());
  return folder;
}

StoreResult<void> BackupFolder::find_target(const StoreIdentity& identity) {
  auto exists = files_->exists(target_);
  const auto previous = files_->exists(previous_path(target_));
  if (!exists || !previous)
    return io_failure((exists ? previous : exists).error());
  if (!*exists && *previous) {  // a process ended while it swapped directories
    if (const auto renamed = files_->rename(previous_path(target_), target_); !renamed)
      return io_failure(renamed.error());
    exists = true;
  } else if (*previous) {
    if (auto removed = remove_left_over(*files_, previous_path(target_), identity); !removed)
      return removed;
  }
  target_exists_ = *exists;
  if (!target_exists_)
    return {};
  const auto ours = is_backup(*files_, target_, identity, false);
  if (!ours)
    return base::unexpected(ours.error());
  const auto store_exists = files_->exists(target_ / kIdentityName);
  const auto names = files_->list(target_);
  if (!store_exists || !names)
    return io_failure(store_exists ? names.error() : store_exists.error());
  if (!*ours || (!*store_exists && !names->empty()))
    return refusal(target_.string() + " is neither empty nor a backup of this store");
  const auto mounted = is_mount_point(target_);
  if (!mounted)
    return io_failure(mounted.error());
  if (*mounted)
    return refusal(target_.string() + " is the root of a file system; name a directory in it");
  auto lock = lock_existing(target_);
  if (!lock)
    return base::unexpected(lock.error());
  target_lock_ = std::move(*lock);
  return {};
}

StoreResult<void> BackupFolder::make_unfinished() {
  if (const auto made = files_->make_directory(unfinished_); !made)
    return io_failure(made.error());
  auto lock = DirectoryLock::acquire(unfinished_);  // also makes the file that a data directory has
  if (!lock)
    return refusal(lock.error().message);
  unfinished_lock_ = std::move(*lock);
  for (const char* folder : kFolders) {
    if (const auto made = files_->make_directory(unfinished_ / folder); !made)
      return io_failure(made.error());
  }
  return {};
}

StoreResult<void> BackupFolder::add_file(const std::string& name, const File& source) {
  const auto bytes = source.size();
  if (!bytes)
    return io_failure(bytes.error());
  for (const auto& folder : {unfinished_, target_}) {  // from an earlier attempt, from an earlier backup
    if (folder == unfinished_ && !added_.contains(name))
      continue;
    const auto file = files_->open(folder / name);
    if (!file)
      continue;
    const auto same = have_same_ends(source, **file, *bytes);
    if (!same)
      return io_failure(same.error());
    if (!*same)
      continue;
    if (folder == unfinished_)
      return {};
    if (auto reused = reuse(name, *bytes); !reused || *reused)
      return reused ? StoreResult<void>{} : base::unexpected(reused.error());
  }
  return copy(name, source, *bytes);
}

StoreResult<void> BackupFolder::add_content(const std::string& name, std::string_view content) {
  const auto before = target_exists_ ? read_whole(*files_, target_ / name) : std::string();
  if (before && *before == content) {
    if (auto reused = reuse(name, content.size()); !reused || *reused)
      return reused ? StoreResult<void>{} : base::unexpected(reused.error());
  }
  if (auto taken_out = take_out(name); !taken_out)
    return taken_out;
  const auto file = files_->create(unfinished_ / name);
  if (!file)
    return io_failure(file.error());
  added_[name] = {content.size(), false};
  if (const auto written = (*file)->write_at(0, content); !written)
    return io_failure(written.error());
  if (const auto synced = (*file)->sync(); !synced)
    return io_failure(synced.error());
  return {};
}

/// Links the file of this name from the backup that is there; false where that cannot be done.
StoreResult<bool> BackupFolder::reuse(const std::string& name, std::uint64_t bytes) {
  if (auto taken_out = take_out(name); !taken_out)
    return base::unexpected(taken_out.error());
  const auto linked = link_file(target_ / name, unfinished_ / name);
  if (!linked)
    return io_failure(linked.error());
  if (*linked)
    added_[name] = {bytes, true};
  return *linked;
}

StoreResult<void> BackupFolder::copy(const std::string& name, const File& source, std::uint64_t bytes) {
  if (auto taken_out = take_out(name); !taken_out)
    return taken_out;
  const auto file = files_->create(unfinished_ / name);
  if (!file)
    return io_failure(file.error());
  added_[name] = {bytes, false};
  for (std::uint64_t offset = 0; offset < bytes; offset += kCopiedAtOnce) {
    const auto part = read_part(source, offset, std::min<std::uint64_t>(kCopiedAtOnce, bytes - offset));
    if (!part)
      return io_failure(part.error());
    if (const auto written = (*file)->write_at(offset, *part); !written)
      return io_failure(written.error());
  }
  if (const auto synced = (*file)->sync(); !synced)
    return io_failure(synced.error());
  return {};
}

StoreResult<void> BackupFolder::take_out(const std::string& name) {
  if (added_.erase(name) == 0)
    return {};
  if (const auto removed = files_->remove(unfinished_ / name); !removed)
    return io_failure(removed.error());
  return {};
}

StoreResult<void> BackupFolder::keep_only(const std::set<std::string>& names) {
  std::vector<std::string> others;
  for (const auto& [name, added] : added_) {
    if (!names.contains(name))
      others.push_back(name);
  }
  for (const std::string& name : others) {
    if (auto taken_out = take_out(name); !taken_out)
      return taken_out;
  }
  return {};
}

StoreResult<void> BackupFolder::mark_closed(const StoreIdentity& identity, RecordNumber last) {
  return write_close_mark(*files_, unfinished_ / kClosedName, identity, last);
}

StoreResult<void> BackupFolder::publish() {
  for (const char* folder : kFolders) {
    if (const auto synced = files_->sync_directory(unfinished_ / folder); !synced)
      return io_failure(synced.error());
  }
  for (const auto& directory : {unfinished_, unfinished_.parent_path()}) {
    if (const auto synced = files_->sync_directory(directory); !synced)
      return io_failure(synced.error());
  }
  const auto placed =
      target_exists_ ? swap_directories(unfinished_, target_) : files_->rename(unfinished_, target_);
  if (!placed)
    return io_failure(placed.error());
  is_placed_ = true;
  if (const auto synced = files_->sync_directory(target_.parent_path()); !synced)
    return io_failure(synced.error());
  if (!target_exists_)
    return {};
  if (const auto removed = remove_directory(unfinished_); !removed)
    return io_failure(removed.error());
  return {};
}

void BackupFolder::abandon() {
  // Once placed, what bears this name is the old backup, which may still be the durable one.
  if (!is_placed_)
    (void)remove_directory(unfinished_);  // the next backup tries again if this fails
}

std::uint64_t BackupFolder::bytes_copied() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, added] : added_)
    bytes += added.is_reused ? 0 : added.bytes;
  return bytes;
}

std::uint64_t BackupFolder::bytes_reused() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, added] : added_)
    bytes += added.is_reused ? added.bytes : 0;
  return bytes;
}

}  // namespace hourglass::engine
