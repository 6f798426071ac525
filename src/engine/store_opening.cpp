// How a store is made and read back. What it does once it is open stands in store.cpp.

#include <utility>

#include "engine/close_mark.hpp"
#include "engine/store.hpp"

namespace hourglass::engine {

StoreResult<std::unique_ptr<Store>> Store::open(StoreSettings settings, StoreServices services,
                                                const std::function<bool()>& cancelled) {
  std::unique_ptr<Store> store(new Store(std::move(settings), std::move(services)));
  if (auto opened = store->open_identity(); !opened)
    return base::unexpected(opened.error());
  if (auto opened = store->open_folders(); !opened)
    return base::unexpected(opened.error());
  if (auto opened = store->open_log(cancelled); !opened)
    return base::unexpected(opened.error());
  store->publish();
  return store;
}

StoreResult<void> Store::open_identity() {
  const std::filesystem::path path = settings_.directory / kIdentityName;
  const auto exists = services_.files.exists(path);
  if (!exists)
    return io_failure(exists.error());
  if (!*exists) {
    if (auto created = create_files(); !created)
      return created;
  }
  const auto file = read_identity(services_.files, path);
  if (!file)
    return base::unexpected(file.error());
  identity_ = file->identity;
  // An older program must be kept out before anything is written that it does not know.
  if (file->version < kStoreFormatVersion)
    return write_identity(services_.files, path, identity_);
  return {};
}

/// The file `store` comes last: where it is, the first segment of the log is too.
StoreResult<void> Store::create_files() {
  FileSystem& files = services_.files;
  const std::filesystem::path log_directory = settings_.directory / kLogName;
  if (const auto made = files.make_directory(log_directory); !made)
    return io_failure(made.error());
  const auto holds_records = SegmentLog::holds_records(files, log_directory);
  if (!holds_records)
    return base::unexpected(holds_records.error());
  bool holds_others = false;
  for (const char* folder : {kKeysName, kHoursName, kEventsName}) {
    if (const auto made = files.make_directory(settings_.directory / folder); !made)
      return io_failure(made.error());
    const auto names = files.list(settings_.directory / folder);
    if (!names)
      return io_failure(names.error());
    holds_others = holds_others || !names->empty();
  }
  if (*holds_records || holds_others)
    return damage(settings_.directory / kIdentityName,
                  "the file is missing although there are events; without its hash key their users cannot be "
                  "told apart");
  const auto left_over = files.list(log_directory);
  if (!left_over)
    return io_failure(left_over.error());
  for (const std::string& name : *left_over) {
    if (const auto removed = files.remove(log_directory / name); !removed)
      return io_failure(removed.error());
  }
  const StoreIdentity identity = StoreIdentity::random();
  if (auto created = SegmentLog::create(files, log_directory, identity); !created)
    return created;
  return write_identity(files, settings_.directory / kIdentityName, identity);
}

StoreResult<void> Store::open_folders() {
  for (const char* folder : {kKeysName, kHoursName, kEventsName}) {
    if (const auto made = services_.files.make_directory(settings_.directory / folder); !made)
      return io_failure(made.error());
  }
  // The names of these folders and of the file `store` may be known to memory only, if the process that made
  // them ended just then.
  if (const auto synced = services_.files.sync_directory(settings_.directory); !synced)
    return io_failure(synced.error());
  auto keys = KeyWindow::open(services_.files, settings_.directory / kKeysName, identity_, settings_.keys,
                              services_.executors);
  if (!keys)
    return base::unexpected(keys.error());
  keys_ = std::move(*keys);
  auto hours = HourStore::open(services_.files, settings_.directory / kHoursName, identity_, settings_.hours,
                               services_.executors);
  if (!hours)
    return base::unexpected(hours.error());
  hours_ = std::move(*hours);
  auto archive = EventArchive::open(services_.files, settings_.directory / kEventsName, identity_);
  if (!archive)
    return base::unexpected(archive.error());
  archive_ = std::move(*archive);
  return {};
}

StoreResult<void> Store::open_log(const std::function<bool()>& cancelled) {
  clock_ = core::WindowClock(hours_->covered().log_time);
  last_record_ = hours_->covered().record;
  next_sequence_ = hours_->covered().next_sequence;
  auto log = SegmentLog::open(
      services_.files, settings_.directory / kLogName, identity_, settings_.log,
      [&](const LogRecord& record) -> StoreResult<void> {
        if (cancelled())
          return base::unexpected(StoreFailure{StoreFailure::Reason::cancelled, "cancelled"});
        return replay(record);
      });
  if (!log)
    return base::unexpected(log.error());
  log_ = std::move(*log);
  if (auto reaches = check_log_reaches_back(); !reaches)
    return reaches;
  if (auto taken = take_close_mark(); !taken)
    return taken;
  return hours_->keep_current_hours(clock_.log_time());
}

/// The log begins where the runs end, or before, and goes on at least to there.
StoreResult<void> Store::check_log_reaches_back() const {
  const RecordNumber covered_by_all = std::min(keys_->covered(), hours_->covered().record);
  const RecordNumber covered_by_any = std::max(keys_->covered(), hours_->covered().record);
  if (log_->first_record().value() > covered_by_all.value() + 1)
    return damage(log_->path_of(SegmentNumber{log_->first_segment().value() - 1}), "the file is missing");
  if (log_->next_record() <= covered_by_any)
    return damage(settings_.directory / kLogName, "it ends before what keys and hours were taken from");
  // Retention removes event files from the front; at the end none may be missing.
  if (!archive_->files().empty() && log_->first_record().value() > archive_->covered().value() + 1)
    return damage(settings_.directory / kEventsName, "a file is missing at the end");
  return {};
}

/// If the store was closed in order, the log still goes to where it was closed. The mark is gone for good
/// before anything is added to the log.
StoreResult<void> Store::take_close_mark() {
  const std::filesystem::path path = settings_.directory / kClosedName;
  const auto closed_with = read_close_mark(services_.files, path, identity_);
  if (!closed_with)
    return base::unexpected(closed_with.error());
  if (!*closed_with)
    return {};
  if (log_->next_record() <= **closed_with)
    return damage(log_->last_path(), "it ends before the record with which it was closed");
  if (const auto removed = remove_durably(services_.files, path); !removed)
    return io_failure(removed.error());
  return {};
}

StoreResult<void> Store::replay(const LogRecord& record) {
  const bool is_counted = record.number <= hours_->covered().record;
  // With segments missing at the beginning there is nothing to add to; check_log_reaches_back() says so.
  if (record.number.value() > last_record_.value() + 1)
    return {};
  // A run may only cover records that are certain to stay. The last one is made so when all have been read;
  // those before it are, since each was synced before the next was written.
  if (!is_counted) {
    auto advanced = advance({clock_.log_time(), elapsed()});
    // Where a full disk keeps things in memory, reading goes on: it adds little to what was there before.
    if (!advanced && advanced.error().reason == StoreFailure::Reason::damaged)
      return advanced;
    last_record_ = record.number;
  }
  if (!is_commit(record.type))
    return {};
  const auto commit = decode_commit(record.payload);
  if (!commit || (!is_counted && commit->first_sequence != next_sequence_))
    return damage(settings_.directory / kLogName,
                  "record " + std::to_string(record.number.value()) + " makes no sense");
  if (record.number > keys_->covered()) {
    for (const RecordedEvent& event : commit->events) {
      if (event.key)
        keys_->record(*event.key, commit->log_time);
    }
    for (const core::Hash128& key : commit->refreshed_keys)
      keys_->record(key, commit->log_time);
  }
  return is_counted ? StoreResult<void>{} : replay_commit(*commit, record);
}

StoreResult<void> Store::replay_commit(const Commit& commit, const LogRecord& record) {
  for (const RecordedEvent& event : commit.events) {
    const core::Hour hour = core::hour_of(event.timestamp);
    const std::uint64_t user_hash = core::siphash64(identity_.hash_key, event.user);
    bool is_new = event.is_new_user;
    if (record.type == RecordType::commit_v1) {
      const auto looked_up = hours_->is_new(hour, user_hash);
      if (!looked_up)
        return base::unexpected(looked_up.error());
      is_new = *looked_up;
    } else if (auto taken = hours_->take_in(hour); !taken) {
      return taken;
    }
    hours_->count(hour, event.kind, user_hash, is_new, elapsed());
  }
  next_sequence_ = Sequence{next_sequence_.value() + commit.events.size()};
  clock_ = core::WindowClock(commit.log_time);
  bytes_since_spill_ += record.payload.size();
  return {};
}

}  // namespace hourglass::engine
