// How a store is made and read back. What it does once it is open stands in store.cpp.

#include <utility>

#include "engine/store.hpp"

namespace hourglass::engine {
namespace {

constexpr const char* kIdentityName = "store";
constexpr const char* kLogName = "log";
constexpr const char* kKeysName = "keys";

}  // namespace

StoreResult<std::unique_ptr<Store>> Store::open(StoreSettings settings, StoreServices services,
                                                const std::function<bool()>& cancelled) {
  std::unique_ptr<Store> store(new Store(std::move(settings), std::move(services)));
  if (auto opened = store->open_identity(); !opened)
    return base::unexpected(opened.error());
  if (auto opened = store->open_keys(); !opened)
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
  const auto identity = read_identity(services_.files, path);
  if (!identity)
    return base::unexpected(identity.error());
  identity_ = *identity;
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
  if (*holds_records)
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

StoreResult<void> Store::open_keys() {
  const std::filesystem::path directory = settings_.directory / kKeysName;
  if (const auto made = services_.files.make_directory(directory); !made)
    return io_failure(made.error());
  auto keys = KeyWindow::open(services_.files, directory, identity_, settings_.keys, services_.executor);
  if (!keys)
    return base::unexpected(keys.error());
  keys_ = std::move(*keys);
  return {};
}

StoreResult<void> Store::open_log(const std::function<bool()>& cancelled) {
  const std::filesystem::path directory = settings_.directory / kLogName;
  auto log = SegmentLog::open(
      services_.files, directory, identity_, settings_.log,
      [&](const LogRecord& record) -> StoreResult<void> {
        if (cancelled())
          return base::unexpected(StoreFailure{StoreFailure::Reason::cancelled, "cancelled"});
        return replay(record);
      });
  if (!log)
    return base::unexpected(log.error());
  log_ = std::move(*log);
  if (keys_->covered() > last_record_)
    return damage(directory, "it ends before what the idempotency keys were taken from");
  return {};
}

StoreResult<void> Store::replay(const LogRecord& record) {
  // A run may only cover records that are certain to stay. The last one is made so when all have been read;
  // those before it are, since each was synced before the next was written.
  auto advanced = keys_->advance(last_record_, clock_.log_time());
  // Where a full disk keeps keys in memory, reading goes on: it adds few to what was in memory before.
  if (!advanced && advanced.error().reason == StoreFailure::Reason::damaged)
    return advanced;
  last_record_ = record.number;
  if (record.type != RecordType::commit)
    return {};
  const auto commit = decode_commit(record.payload);
  if (!commit || commit->first_sequence != next_sequence_)
    return damage(settings_.directory / kLogName,
                  "record " + std::to_string(record.number.value()) + " makes no sense");
  const bool note_keys = record.number > keys_->covered();
  for (const RecordedEvent& event : commit->events) {
    hours_.count(core::hour_of(event.timestamp), event.kind, core::siphash64(identity_.hash_key, event.user));
    if (event.key && note_keys)
      keys_->record(*event.key, commit->log_time);
  }
  if (note_keys) {
    for (const core::Hash128& key : commit->refreshed_keys)
      keys_->record(key, commit->log_time);
  }
  next_sequence_ = Sequence{next_sequence_.value() + commit->events.size()};
  clock_ = core::WindowClock(commit->log_time);
  return {};
}

}  // namespace hourglass::engine
