#include "engine/backup/backup.hpp"

#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/backup/backup_folder.hpp"
#include "engine/backup/directory_swap.hpp"
#include "engine/store.hpp"
#include "engine/verification/changing_files.hpp"
#include "engine/verification/store_files.hpp"

namespace hourglass::engine {
namespace {

bool is_within(const std::filesystem::path& inner, const std::filesystem::path& outer) {
  auto part = inner.begin();
  for (const auto& wanted : outer) {
    if (part == inner.end() || *part != wanted)
      return false;
    ++part;
  }
  return true;
}

/// Without a slash at its end, which would make its name empty.
std::filesystem::path plain(const std::filesystem::path& path, std::error_code& error) {
  const std::filesystem::path found =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  return found.has_filename() ? found : found.parent_path();
}

/// One backup.
class Backup {
 public:
  Backup(FileSystem& files, const std::filesystem::path& source, const std::filesystem::path& target,
         const StoreIdentity& identity, BackupFolder& folder)
      : files_(files), source_(source), target_(target), identity_(identity), folder_(folder) {}

  StoreResult<BackupFigures> run() {
    const auto taken =
        try_while_files_change([this] { return take_set(); }, [this] { return backup_failed_; });
    if (!taken)
      return base::unexpected(taken.error());
    if (auto older = check_target_is_older(); !older)
      return base::unexpected(older.error());
    if (auto marked = folder_.mark_closed(identity_, last_record_); !marked)
      return base::unexpected(marked.error());
    if (auto published = folder_.publish(); !published)
      return base::unexpected(published.error());
    return BackupFigures{folder_.bytes_copied(), folder_.bytes_reused(), next_sequence_};
  }

 private:
  struct Source {
    std::string name;
    std::unique_ptr<File> file;
  };

  StoreResult<void> take_set() {
    names_.clear();
    std::vector<StoreFailure> problems;
    const StoreFiles opened = open_store_files(files_, source_, identity_, problems);
    if (!problems.empty())
      return base::unexpected(problems.front());
    std::vector<Source> runs;
    for (const auto& path : paths_of_runs(opened)) {
      auto file = files_.open(path);
      if (!file)
        return io_failure(file.error());
      runs.push_back({name_of(path), std::move(*file)});
    }
    if (auto copied = copy_identity(); !copied)
      return copied;
    if (auto copied = copy_log(opened); !copied)
      return copied;
    for (const Source& run : runs) {
      if (auto added = add_file(run.name, *run.file); !added)
        return added;
    }
    for (const auto& event_file : opened.events) {
      const auto file = files_.open(event_file->path());
      if (!file)
        return io_failure(file.error());
      if (auto added = add_file(name_of(event_file->path()), **file); !added)
        return added;
    }
    return of_backup(folder_.keep_only(names_));
  }

  static std::vector<std::filesystem::path> paths_of_runs(const StoreFiles& opened) {
    std::vector<std::filesystem::path> paths;
    for (const auto& run : opened.keys)
      paths.push_back(run->path());
    for (const auto& run : opened.hours)
      paths.push_back(run->path());
    return paths;
  }

  /// "hours/1-52113.hours"
  static std::string name_of(const std::filesystem::path& path) {
    return (path.parent_path().filename() / path.filename()).string();
  }

  StoreResult<void> copy_identity() {
    const auto content = read_whole(files_, source_ / kIdentityName);
    if (!content)
      return io_failure(content.error());
    return add_content(kIdentityName, *content);
  }

  StoreResult<void> copy_log(const StoreFiles& opened) {
    std::string last;
    std::string last_name;
    const auto extent = read_log(
        opened.log, identity_, [](const SegmentFile&, const LogRecord&) { return StoreResult<void>{}; },
        [&](const SegmentContent& segment) -> StoreResult<void> {
          if (segment.ended)
            return add_content(name_of(segment.segment.path), segment.bytes);
          last = segment.bytes;
          last_name = name_of(segment.segment.path);
          return {};
        });
    if (!extent)
      return base::unexpected(extent.error());
    if (auto fit = check_fit(opened, *extent, source_); !fit)
      return fit;
    next_sequence_ = extent->next_sequence.value_or(opened.hours_covered().next_sequence);
    // With the mark of an orderly end behind it, the last commit cannot be damaged unnoticed.
    const bool is_closed = extent->last_type == RecordType::close;
    last_record_ = RecordNumber{extent->next_record.value() - (is_closed ? 1 : 0)};
    if (!is_closed)
      last += encode_record({RecordType::close, extent->next_record, {}}, identity_.checksum_seed());
    return add_content(last_name, last);
  }

  /// A directory that was used as a store of its own has events that no other has.
  StoreResult<void> check_target_is_older() {
    if (!folder_.replaces_one())
      return {};
    std::vector<StoreFailure> problems;
    const StoreFiles opened = open_store_files(files_, target_, identity_, problems);
    const auto extent = read_log(
        opened.log, identity_, [](const SegmentFile&, const LogRecord&) { return StoreResult<void>{}; },
        [](const SegmentContent&) { return StoreResult<void>{}; });
    if (!problems.empty() || !extent)
      return {};  // what is damaged is to be replaced
    const Sequence next = extent->next_sequence.value_or(opened.hours_covered().next_sequence);
    if (next <= next_sequence_)
      return {};
    return base::unexpected(StoreFailure{
        StoreFailure::Reason::io, target_.string() + " holds events up to sequence " +
                                      std::to_string(next.value() - 1) + ", and the store only up to " +
                                      std::to_string(next_sequence_.value() - 1) +
                                      ": it is no backup but has been used as a store"});
  }

  StoreResult<void> add_file(const std::string& name, const File& file) {
    names_.insert(name);
    return of_backup(folder_.add_file(name, file));
  }

  StoreResult<void> add_content(const std::string& name, std::string_view content) {
    names_.insert(name);
    return of_backup(folder_.add_content(name, content));
  }

  /// What fails in the backup does not get better with other files of the store.
  StoreResult<void> of_backup(StoreResult<void> result) {
    backup_failed_ = backup_failed_ || !result;
    return result;
  }

  FileSystem& files_;
  const std::filesystem::path source_;
  const std::filesystem::path target_;
  const StoreIdentity identity_;
  BackupFolder& folder_;
  std::set<std::string> names_;
  Sequence next_sequence_{1};
  RecordNumber last_record_;
  bool backup_failed_ = false;
};

}  // namespace

StoreResult<std::filesystem::path> backup_path(const std::filesystem::path& data_directory,
                                               const std::filesystem::path& target) {
  const auto refusal = [](const std::string& message) {
    return base::unexpected(StoreFailure{StoreFailure::Reason::io, message});
  };
  std::error_code error;
  const std::filesystem::path data = plain(data_directory, error);
  const std::filesystem::path backup = plain(target, error);
  if (error)
    return refusal("cannot examine " + target.string() + ": " + error.message());
  if (!backup.has_filename())
    return refusal(target.string() + " is the root of a file system; name a directory in it");
  for (const auto& used : {backup, std::filesystem::path(backup.string() + std::string(kUnfinishedSuffix)),
                           previous_path(backup)}) {
    if (is_within(used, data) || is_within(data, used))
      return refusal("the backup directory " + target.string() + " and the data directory " +
                     data_directory.string() + " must lie outside each other");
  }
  return backup;
}

StoreResult<BackupFigures> back_up(FileSystem& files, const std::filesystem::path& data_directory,
                                   const std::filesystem::path& target) {
  const auto store = read_identity(files, data_directory / kIdentityName);
  if (!store)
    return base::unexpected(store.error());
  auto folder = BackupFolder::prepare(files, target, store->identity);
  if (!folder)
    return base::unexpected(folder.error());
  auto figures = Backup(files, data_directory, target, store->identity, *folder).run();
  if (!figures)
    folder->abandon();
  return figures;
}

}  // namespace hourglass::engine
