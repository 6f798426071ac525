#include <algorithm>
#include <cstdio>

#include "engine/bytes.hpp"
#include "engine/files/posix_file_system.hpp"
#include "engine/segment_log.hpp"
#include "store_spike/damage_trial.hpp"
#include "store_spike/must.hpp"
#include "store_spike/parts.hpp"
#include "store_spike/rocks_store.hpp"
#include "store_spike/scratch.hpp"

namespace hourglass::store_spike {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCommits = 600;
constexpr std::uint64_t kFlushedCommits = 100;  // of RocksDB's, so that tables are there too
constexpr std::uint64_t kEventsPerCommit = 4;

std::vector<SampleEvent> events_of_commit(std::uint64_t commit) {
  std::vector<SampleEvent> events;
  for (std::uint64_t i = 0; i < kEventsPerCommit; ++i)
    events.push_back(sample_event(commit * kEventsPerCommit + i));
  return events;
}

std::vector<std::string> all_commits() {
  std::vector<std::string> commits;
  for (std::uint64_t i = 0; i < kCommits; ++i)
    commits.push_back(encode_commit(events_of_commit(i), i * kEventsPerCommit + 1));
  return commits;
}

Image image_of(const fs::path& directory) {
  Image image;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name != "LOCK" && name.rfind("LOG", 0) != 0)
      image[name] = read_file(entry.path());
  }
  return image;
}

// The own log.

const engine::StoreIdentity& identity() {
  static const engine::StoreIdentity kIdentity = engine::StoreIdentity::random();
  return kIdentity;
}

Recovered recover_own(const fs::path& directory) {
  engine::PosixFileSystem files;
  Recovered recovered;
  const auto visit = [&](const engine::LogRecord& record) -> engine::StoreResult<void> {
    if (record.type == engine::RecordType::commit)
      recovered.commits.emplace_back(record.payload);
    return {};
  };
  recovered.opened = engine::SegmentLog::open(files, directory, identity(), {}, visit).has_value();
  return recovered;
}

Victim own_victim(const SpikeSettings& settings, bool closed) {
  const ScratchDirectory directory(settings.directory, "victim");
  Victim victim{closed ? "own log, closed" : "own log, killed", {}, all_commits(), recover_own};
  engine::PosixFileSystem files;
  must(engine::SegmentLog::create(files, directory.path(), identity()));
  // Small steps of growth keep the zeros behind the last record few.
  const auto log = must(engine::SegmentLog::open(files, directory.path(), identity(), {64 << 20, 4096},
                                                 [](const auto&) { return engine::StoreResult<void>(); }));
  for (const std::string& payload : victim.acknowledged) {
    must(log->reserve(payload.size()));
    must(log->append(engine::RecordType::commit, payload));
  }
  if (closed)
    must(log->append(engine::RecordType::close, {}));
  victim.image = image_of(directory.path());
  return victim;
}

void damage_own(const SpikeSettings& settings, bool closed) {
  const Victim victim = own_victim(settings, closed);
  const auto& [file, content] = *victim.image.begin();
  std::vector<ByteRange> records, lengths;
  std::size_t at = engine::kSegmentHeaderSize;
  for (const std::string& payload : victim.acknowledged) {
    records.push_back({at, at + engine::record_size(payload.size())});
    lengths.push_back({at + 4, at + 8});
    at = records.back().end;
  }
  const ByteRange last = records.back();
  const ByteRange tail{last.end, content.size()};
  records.pop_back();
  lengths.pop_back();
  flip_bits(settings.directory, victim, file, "segment header", {{0, engine::kSegmentHeaderSize}});
  flip_bits(settings.directory, victim, file, "lengths of all but the last commit", lengths);
  flip_bits(settings.directory, victim, file, "all but the last commit", records);
  flip_bits(settings.directory, victim, file, "last commit", {last});
  flip_bits(settings.directory, victim, file,
            closed ? "close record and zeros" : "zeros behind the last commit", {tail});
  if (!closed)
    tear_last_record(settings.directory, victim, file, last, true);
}

// RocksDB.

/// Where the records of a write-ahead log and their lengths lie: blocks of 32 KiB, headers of 4 bytes
/// checksum, 2 bytes length and 1 byte type.
struct WalRecord {
  ByteRange whole;
  ByteRange length;
};

std::vector<WalRecord> records_of_wal(const std::string& wal) {
  constexpr std::size_t kBlock = 32 * 1024;
  constexpr std::size_t kHeader = 7;
  std::vector<WalRecord> records;
  for (std::size_t at = 0; at + kHeader <= wal.size();) {
    if (kBlock - at % kBlock < kHeader) {
      at += kBlock - at % kBlock;
      continue;
    }
    const std::size_t size = engine::read_fixed<std::uint16_t>(wal, at + 4);
    records.push_back({{at, at + kHeader + size}, {at + 4, at + 6}});
    at = records.back().whole.end;
  }
  return records;
}

Victim rocks_victim(const SpikeSettings& settings, const std::string& name, rocksdb::WALRecoveryMode mode) {
  const ScratchDirectory directory(settings.directory, "victim");
  const auto options = RocksStore::options(mode);
  Victim victim{"RocksDB, " + name, {}, all_commits(), {}};
  std::unique_ptr<RocksStore> store;
  must(RocksStore::open(directory.path(), options, store));
  for (std::uint64_t i = 0; i < kCommits; ++i) {
    store->commit(events_of_commit(i));
    if (i + 1 == kFlushedCommits)
      must(store->database().Flush(rocksdb::FlushOptions()));
  }
  victim.image = image_of(directory.path());
  victim.recover = [options](const fs::path& path) {
    Recovered recovered;
    std::unique_ptr<RocksStore> opened;
    recovered.opened =
        RocksStore::open(path, options, opened).ok() && opened->database().VerifyChecksum().ok() &&
        opened->read_event_blocks([&](std::string_view block) { recovered.commits.emplace_back(block); })
            .ok();
    return recovered;
  };
  return victim;
}

/// The newest file whose name begins or ends so; names of one kind sort by age.
std::string newest(const Image& image, const std::string& beginning, const std::string& end) {
  std::string found;
  for (const auto& [name, content] : image) {
    if (name.rfind(beginning, 0) == 0 && name.ends_with(end))
      found = name;
  }
  must(!found.empty(), "no file " + beginning + "*" + end);
  return found;
}

void damage_rocks(const SpikeSettings& settings, const std::string& name, rocksdb::WALRecoveryMode mode) {
  constexpr std::size_t kWalBlock = 32 * 1024;
  const Victim victim = rocks_victim(settings, name, mode);
  const std::string wal = newest(victim.image, "", ".log");
  const std::string& content = victim.image.at(wal);
  auto records = records_of_wal(content);
  const ByteRange last = records.back().whole;
  records.pop_back();
  std::vector<ByteRange> all, early_lengths, late_lengths;
  for (const WalRecord& record : records) {
    all.push_back(record.whole);
    const bool is_late = record.whole.begin / kWalBlock == last.begin / kWalBlock;
    (is_late ? late_lengths : early_lengths).push_back(record.length);
  }
  flip_bits(settings.directory, victim, wal, "WAL: lengths, earlier blocks", early_lengths);
  flip_bits(settings.directory, victim, wal, "WAL: lengths, last 32 KiB block", late_lengths);
  flip_bits(settings.directory, victim, wal, "WAL: all but the last commit", all);
  flip_bits(settings.directory, victim, wal, "WAL: last commit", {last});
  for (const auto& [beginning, end] : {std::pair{"MANIFEST", ""}, {"CURRENT", ""}, {"", ".sst"}}) {
    const std::string file = newest(victim.image, beginning, end);
    flip_bits(settings.directory, victim, file, file, {{0, victim.image.at(file).size()}});
  }
  tear_last_record(settings.directory, victim, wal, last, false);
}

}  // namespace

void measure_damage(const SpikeSettings& settings) {
  std::printf("\nDamage: %llu synced commits, one bit flipped a trial\n",
              static_cast<unsigned long long>(kCommits));
  std::printf(
      "| store | where | trials | reported | harmless | silently lost (most commits at once) | altered |\n");
  damage_own(settings, false);
  damage_own(settings, true);
  damage_rocks(settings, "tolerate tail", rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords);
  damage_rocks(settings, "point in time", rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  damage_rocks(settings, "absolute", rocksdb::WALRecoveryMode::kAbsoluteConsistency);
}

}  // namespace hourglass::store_spike
