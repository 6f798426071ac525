#include <chrono>
#include <cstdio>
#include <unordered_set>

#include "engine/files/posix_file_system.hpp"
#include "engine/hours/user_set.hpp"
#include "engine/segment_log.hpp"
#include "store_spike/must.hpp"
#include "store_spike/parts.hpp"
#include "store_spike/rocks_store.hpp"
#include "store_spike/scratch.hpp"

namespace hourglass::store_spike {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kEvents = 1'000'000;
constexpr std::uint64_t kEventsPerCommit = 64;

double milliseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

std::vector<SampleEvent> events_from(std::uint64_t first) {
  std::vector<SampleEvent> events;
  for (std::uint64_t i = 0; i < kEventsPerCommit; ++i)
    events.push_back(sample_event(first + i));
  return events;
}

struct HashOfKey {
  std::size_t operator()(const core::Hash128& hash) const noexcept { return hash.low; }
};
using Keys = std::unordered_set<core::Hash128, HashOfKey>;

/// `keys`: where the idempotency keys have no place of their own in the store, they are gathered here.
void add_events(engine::UserSet& users, std::string_view payload, Keys* keys) {
  const auto commit = engine::decode_commit(payload);
  must(commit.has_value(), "a commit cannot be read back");
  for (const engine::RecordedEvent& event : commit->events) {
    users.insert(core::siphash64(kHashKey, event.user));
    if (keys != nullptr && event.key)
      keys->insert(*event.key);
  }
}

void write_own(engine::FileSystem& files, const std::filesystem::path& directory,
               const engine::StoreIdentity& identity) {
  must(engine::SegmentLog::create(files, directory, identity));
  const auto log = must(engine::SegmentLog::open(files, directory, identity, {},
                                                 [](const auto&) { return engine::StoreResult<void>(); }));
  for (std::uint64_t first = 0; first < kEvents; first += kEventsPerCommit) {
    const std::string payload = encode_commit(events_from(first), first + 1);
    must(log->reserve(payload.size()));
    must(log->append(engine::RecordType::commit, payload));
  }
}

double recover_own(engine::FileSystem& files, const std::filesystem::path& directory,
                   const engine::StoreIdentity& identity) {
  drop_from_page_cache(directory);
  const auto began = Clock::now();
  engine::UserSet users;
  Keys keys;
  must(engine::SegmentLog::open(files, directory, identity, {},
                                [&](const engine::LogRecord& record) -> engine::StoreResult<void> {
                                  add_events(users, record.payload, &keys);
                                  return {};
                                }));
  must(users.size() == kEvents, "users are missing after recovery");
  return milliseconds_since(began);
}

void write_rocks(const std::filesystem::path& directory, const rocksdb::Options& options) {
  std::unique_ptr<RocksStore> store;
  must(RocksStore::open(directory, options, store));
  for (std::uint64_t first = 0; first < kEvents; first += kEventsPerCommit)
    store->commit(events_from(first));
}

double recover_rocks(const std::filesystem::path& directory, const rocksdb::Options& options) {
  drop_from_page_cache(directory);
  const auto began = Clock::now();
  engine::UserSet users;
  std::unique_ptr<RocksStore> store;
  must(RocksStore::open(directory, options, store));
  must(store->read_event_blocks([&](std::string_view payload) { add_events(users, payload, nullptr); }));
  must(users.size() == kEvents, "users are missing after recovery");
  return milliseconds_since(began);
}

}  // namespace

void measure_recovery(const SpikeSettings& settings) {
  std::printf(
      "\nRecovery: %llu events in commits of %llu, opened and their users (own log: keys too) rebuilt, files "
      "not cached\n",
      static_cast<unsigned long long>(kEvents), static_cast<unsigned long long>(kEventsPerCommit));
  const ScratchDirectory own(settings.directory, "recovery-own");
  engine::PosixFileSystem files;
  const auto identity = engine::StoreIdentity::random();
  write_own(files, own.path(), identity);
  const auto options = RocksStore::options(rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  const ScratchDirectory written(settings.directory, "recovery-written");
  write_rocks(written.path(), options);
  std::vector<double> own_times, rocks_times;
  for (unsigned round = 0; round < settings.rounds; ++round) {
    own_times.push_back(recover_own(files, own.path(), identity));
    // Opening turns the write-ahead log into tables, so each round opens a copy.
    const ScratchDirectory copy(settings.directory, "recovery-copy");
    std::filesystem::copy(written.path(), copy.path(), std::filesystem::copy_options::recursive);
    rocks_times.push_back(recover_rocks(copy.path(), options));
  }
  std::printf("| own segment log | %.0f ms | %.1f bytes an event |\n", median(own_times),
              static_cast<double>(size_of_files(own.path())) / kEvents);
  std::printf("| RocksDB | %.0f ms | %.1f bytes an event |\n", median(rocks_times),
              static_cast<double>(size_of_files(written.path())) / kEvents);
}

}  // namespace hourglass::store_spike
