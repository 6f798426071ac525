#include "engine/events/event_archive.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hourglass::engine {
namespace {

using Pointer = std::shared_ptr<const EventFile>;

/// The widest of those that begin together first, so that what lies within another comes behind it.
bool comes_before(const Pointer& left, const Pointer& right) {
  const RecordRange a = left->range();
  const RecordRange b = right->range();
  return a.first != b.first ? a.first < b.first : a.last > b.last;
}

auto does_not_follow(const EventFile& file, RecordNumber covered) {
  return damage(file.path(), "its records do not follow record " + std::to_string(covered.value()) +
                                 ", with which the file before it ends");
}

}  // namespace

StoreResult<std::unique_ptr<EventArchive>> EventArchive::open(FileSystem& files,
                                                              std::filesystem::path directory,
                                                              const StoreIdentity& identity) {
  std::unique_ptr<EventArchive> archive(new EventArchive(files, std::move(directory)));
  if (auto loaded = archive->load(identity); !loaded)
    return base::unexpected(loaded.error());
  return archive;
}

StoreResult<void> EventArchive::load(const StoreIdentity& identity) {
  const auto names = files_.list(directory_);
  if (!names)
    return io_failure(names.error());
  // The segment of a file is removed because the file is there: its name has to be certain to stay.
  if (const auto synced = files_.sync_directory(directory_); !synced)
    return io_failure(synced.error());
  EventFiles found;
  for (const std::string& name : *names) {
    if (name.ends_with(kUnfinishedSuffix)) {
      if (const auto removed = files_.remove(directory_ / name); !removed)
        return io_failure(removed.error());
      continue;
    }
    auto file = EventFile::open(files_, directory_ / name, identity);
    if (!file)
      return base::unexpected(file.error());
    found.push_back(std::move(*file));
  }
  std::sort(found.begin(), found.end(), comes_before);
  for (Pointer& file : found) {
    if (!event_files_.empty() && event_files_.back()->range().contains(file->range())) {
      if (const auto removed = files_.remove(file->path()); !removed)
        return io_failure(removed.error());
      removal_is_durable_ = false;
    } else if (auto adopted = adopt(std::move(file)); !adopted) {
      return adopted;
    }
  }
  return {};
}

StoreResult<void> EventArchive::adopt(std::shared_ptr<const EventFile> file) {
  if (covered_ != RecordNumber{0} && file->range().first.value() != covered_.value() + 1)
    return does_not_follow(*file, covered_);
  covered_ = file->range().last;
  bytes_on_disk_ += file->bytes_on_disk();
  event_files_.push_back(std::move(file));
  return {};
}

bool EventArchive::is_due(core::Timestamp now, const EventRetention& retention) const {
  if (event_files_.empty())
    return false;
  if (retention.bytes && bytes_on_disk_ > *retention.bytes)
    return true;
  const std::uint64_t accepted = event_files_.front()->log_time().value();
  const std::uint64_t passed = now.value() > accepted ? now.value() - accepted : 0;
  return retention.age && static_cast<std::int64_t>(passed) >= retention.age->count();
}

StoreResult<void> EventArchive::expire(core::Timestamp now, const EventRetention& retention) {
  if (auto synced = sync_removal(); !synced)
    return synced;
  while (is_due(now, retention)) {
    const EventFile& oldest = *event_files_.front();
    if (const auto removed = files_.remove(oldest.path()); !removed)
      return io_failure(removed.error());
    bytes_on_disk_ -= oldest.bytes_on_disk();
    event_files_.erase(event_files_.begin());
    removal_is_durable_ = false;
    if (auto synced = sync_removal(); !synced)
      return synced;
  }
  return {};
}

/// Comes before every further removal: a power cut could otherwise bring back an older file and leave a gap
/// behind it.
StoreResult<void> EventArchive::sync_removal() {
  if (removal_is_durable_)
    return {};
  if (const auto synced = files_.sync_directory(directory_); !synced)
    return io_failure(synced.error());
  removal_is_durable_ = true;
  return {};
}

}  // namespace hourglass::engine
