#include "store_spike/rocks_store.hpp"

#include "engine/bytes.hpp"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"
#include "rocksdb/write_batch.h"
#include "store_spike/must.hpp"

namespace hourglass::store_spike {
namespace {

std::string event_block_key(std::uint64_t hour, std::uint64_t sequence) {
  std::string key = "e";
  append_sortable(key, hour);
  append_sortable(key, sequence);
  return key;
}

std::string totals_key(std::uint64_t hour) {
  std::string key = "t";
  append_sortable(key, hour);
  return key;
}

}  // namespace

void append_sortable(std::string& key, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    key.push_back(static_cast<char>(number >> shift));
}

rocksdb::Options RocksStore::options(rocksdb::WALRecoveryMode mode) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.wal_recovery_mode = mode;
  options.max_total_wal_size = 256 << 20;
  options.track_and_verify_wals_in_manifest = true;
  options.info_log_level = rocksdb::ERROR_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::Status RocksStore::open(const std::filesystem::path& directory, const rocksdb::Options& options,
                                 std::unique_ptr<RocksStore>& store) {
  rocksdb::DB* database = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory.string(), &database);
  if (!status.ok())
    return status;
  store = std::make_unique<RocksStore>();
  store->database_.reset(database);
  return status;
}

void RocksStore::commit(std::span<const SampleEvent> events) {
  rocksdb::WriteBatch batch;
  must(batch.Put(event_block_key(kHour, next_sequence_), encode_commit(events, next_sequence_)));
  next_sequence_ += events.size();
  std::string totals;
  for (int i = 0; i < 3; ++i)
    engine::append_fixed(totals, next_sequence_);
  must(batch.Put(totals_key(kHour), totals));
  for (const SampleEvent& event : events) {
    if (!event.key)
      continue;
    std::string key = "k";
    engine::append_hash(key, *event.key);
    std::string last;
    engine::append_fixed(last, event.timestamp.value());
    must(batch.Put(key, last));
  }
  rocksdb::WriteOptions write;
  write.sync = true;
  must(database_->Write(write, &batch));
}

rocksdb::Status RocksStore::read_event_blocks(const std::function<void(std::string_view)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> iterator(database_->NewIterator(rocksdb::ReadOptions()));
  for (iterator->Seek("e"); iterator->Valid() && iterator->key().starts_with("e"); iterator->Next())
    visit(std::string_view(iterator->value().data(), iterator->value().size()));
  return iterator->status();
}

}  // namespace hourglass::store_spike
