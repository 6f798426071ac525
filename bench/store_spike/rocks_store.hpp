#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "store_spike/sample_events.hpp"

namespace hourglass::store_spike {

/// The other way: everything in RocksDB. A commit is one synced WriteBatch of an event block, the totals of
/// its hour, and one entry a key. One committer, so none of RocksDB's ways to write with many threads.
class RocksStore {
 public:
  static rocksdb::Options options(rocksdb::WALRecoveryMode mode);

  /// Fails as RocksDB does.
  static rocksdb::Status open(const std::filesystem::path& directory, const rocksdb::Options& options,
                              std::unique_ptr<RocksStore>& store);

  void commit(std::span<const SampleEvent> events);

  /// Hands every event block to `visit`, in order.
  rocksdb::Status read_event_blocks(const std::function<void(std::string_view)>& visit) const;

  rocksdb::DB& database() { return *database_; }

 private:
  std::unique_ptr<rocksdb::DB> database_;
  std::uint64_t next_sequence_ = 1;
};

/// Numbers in keys are big-endian, so that they sort.
void append_sortable(std::string& key, std::uint64_t number);

}  // namespace hourglass::store_spike
