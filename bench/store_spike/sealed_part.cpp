#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>

#include "engine/bytes.hpp"
#include "engine/checksum.hpp"
#include "engine/files/posix_file_system.hpp"
#include "rocksdb/write_batch.h"
#include "store_spike/block_coding.hpp"
#include "store_spike/must.hpp"
#include "store_spike/parts.hpp"
#include "store_spike/rocks_store.hpp"
#include "store_spike/scratch.hpp"

namespace hourglass::store_spike {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kUsers = 1'000'000;
constexpr std::size_t kLookups = 10'000;
constexpr std::uint64_t kSeed = 1;

struct Figures {
  double write_ms = 0, bytes_a_user = 0, sent_a_user = 0, cold_us = 0, cached_us = 0;
};

double milliseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

struct SealedHour {
  std::vector<std::uint64_t> sorted;
  std::vector<std::uint64_t> asked;  // every second one is a user of the hour
};

SealedHour sample_hour() {
  std::mt19937_64 random(7);
  SealedHour hour;
  for (std::size_t i = 0; i < kUsers; ++i)
    hour.sorted.push_back(random());
  std::sort(hour.sorted.begin(), hour.sorted.end());
  for (std::size_t i = 0; i < kLookups; ++i)
    hour.asked.push_back(i % 2 == 0 ? hour.sorted[random() % kUsers] : random());
  return hour;
}

std::vector<std::string> encode(const SealedHour& hour, BlockCoding coding) {
  std::vector<std::string> blocks;
  for (std::size_t first = 0; first < kUsers; first += kHashesPerBlock) {
    const std::size_t count = std::min(kHashesPerBlock, kUsers - first);
    blocks.push_back(encode_block(std::span(hour.sorted).subspan(first, count), coding));
  }
  return blocks;
}

/// A block file: blocks, each under a checksum. Where they begin stays in memory, 16 bytes a block.
class BlockFile {
 public:
  BlockFile(engine::FileSystem& files, const std::filesystem::path& path, BlockCoding coding)
      : file_(must(files.create(path))), coding_(coding) {}

  void write(const SealedHour& hour) {
    std::string content;
    for (const std::string& block : encode(hour, coding_)) {
      places_.push_back({engine::read_fixed<std::uint64_t>(block, 0), content.size()});
      engine::append_fixed(content, engine::checksum(block, kSeed));
      content += block;
    }
    size_ = content.size();
    must(file_->write_at(0, content));
    must(file_->sync());
  }

  bool contains(std::uint64_t hash) {
    auto next =
        std::upper_bound(places_.begin(), places_.end(), hash,
                         [](std::uint64_t wanted, const Place& place) { return wanted < place.first; });
    if (next == places_.begin())
      return false;
    const std::uint64_t begin = std::prev(next)->offset;
    buffer_.resize((next == places_.end() ? size_ : next->offset) - begin);
    must(file_->read_at(begin, buffer_));
    const std::string_view block = std::string_view(buffer_).substr(sizeof(std::uint64_t));
    must(engine::checksum(block, kSeed) == engine::read_fixed<std::uint64_t>(buffer_, 0), "a damaged block");
    decode_block(block, coding_, hashes_);
    return std::binary_search(hashes_.begin(), hashes_.end(), hash);
  }

 private:
  struct Place {
    std::uint64_t first, offset;
  };

  std::unique_ptr<engine::File> file_;
  BlockCoding coding_;
  std::vector<Place> places_;
  std::uint64_t size_ = 0;
  std::string buffer_;
  std::vector<std::uint64_t> hashes_;
};

std::string block_key(std::uint64_t first) {
  std::string key = "s";
  append_sortable(key, kHour);
  append_sortable(key, first);
  return key;
}

/// The same blocks as values of RocksDB.
class BlockValues {
 public:
  BlockValues(std::filesystem::path directory, BlockCoding coding)
      : directory_(std::move(directory)), coding_(coding) {
    open();
  }

  void write(const SealedHour& hour) {
    rocksdb::WriteBatch batch;
    for (const std::string& block : encode(hour, coding_))
      must(batch.Put(block_key(engine::read_fixed<std::uint64_t>(block, 0)), block));
    rocksdb::WriteOptions write;
    write.sync = true;
    must(store_->database().Write(write, &batch));
    must(store_->database().Flush(rocksdb::FlushOptions()));
  }

  bool contains(std::uint64_t hash) {
    iterator_->SeekForPrev(block_key(hash));
    must(iterator_->status());
    if (!iterator_->Valid())
      return false;
    decode_block({iterator_->value().data(), iterator_->value().size()}, coding_, hashes_);
    return std::binary_search(hashes_.begin(), hashes_.end(), hash);
  }

  void open() {
    iterator_.reset();
    store_.reset();
    must(RocksStore::open(directory_, RocksStore::options(rocksdb::WALRecoveryMode::kPointInTimeRecovery),
                          store_));
    iterator_.reset(store_->database().NewIterator(rocksdb::ReadOptions()));
  }

 private:
  std::filesystem::path directory_;
  BlockCoding coding_;
  std::unique_ptr<RocksStore> store_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::vector<std::uint64_t> hashes_;
};

template <typename Blocks>
double look_up(Blocks& blocks, const SealedHour& hour) {
  const auto began = Clock::now();
  std::size_t found = 0;
  for (const std::uint64_t hash : hour.asked)
    found += blocks.contains(hash) ? 1 : 0;
  must(found == kLookups / 2, "users are missing from the blocks");
  return milliseconds_since(began) * 1000 / kLookups;
}

Figures measure_file(const SpikeSettings& settings, const SealedHour& hour, BlockCoding coding) {
  const ScratchDirectory directory(settings.directory, "sealed");
  engine::PosixFileSystem files;
  BlockFile blocks(files, directory.path() / "blocks", coding);
  Figures figures;
  const std::uint64_t sent_before = bytes_sent_to_disk();
  const auto began = Clock::now();
  blocks.write(hour);
  figures.write_ms = milliseconds_since(began);
  figures.sent_a_user = static_cast<double>(bytes_sent_to_disk() - sent_before) / kUsers;
  figures.bytes_a_user = static_cast<double>(size_of_files(directory.path())) / kUsers;
  drop_from_page_cache(directory.path());
  figures.cold_us = look_up(blocks, hour);
  figures.cached_us = look_up(blocks, hour);
  return figures;
}

Figures measure_values(const SpikeSettings& settings, const SealedHour& hour, BlockCoding coding) {
  const ScratchDirectory directory(settings.directory, "sealed");
  BlockValues blocks(directory.path(), coding);
  Figures figures;
  const std::uint64_t sent_before = bytes_sent_to_disk();
  const auto began = Clock::now();
  blocks.write(hour);
  figures.write_ms = milliseconds_since(began);
  figures.sent_a_user = static_cast<double>(bytes_sent_to_disk() - sent_before) / kUsers;
  blocks.open();
  figures.bytes_a_user = static_cast<double>(size_of_files(directory.path())) / kUsers;
  drop_from_page_cache(directory.path());
  blocks.open();
  figures.cold_us = look_up(blocks, hour);
  figures.cached_us = look_up(blocks, hour);
  return figures;
}

using Measure = Figures (*)(const SpikeSettings&, const SealedHour&, BlockCoding);

void print(const char* name, Measure measure, BlockCoding coding, const SpikeSettings& settings,
           const SealedHour& hour) {
  std::vector<double> write, bytes, sent, cold, cached;
  for (unsigned round = 0; round < settings.rounds; ++round) {
    const Figures figures = measure(settings, hour, coding);
    write.push_back(figures.write_ms);
    bytes.push_back(figures.bytes_a_user);
    sent.push_back(figures.sent_a_user);
    cold.push_back(figures.cold_us);
    cached.push_back(figures.cached_us);
  }
  std::printf("| %-28s | %5.2f | %5.2f | %4.0f | %5.1f | %5.1f |\n", name, median(bytes), median(sent),
              median(write), median(cold), median(cached));
  std::fflush(stdout);
}

}  // namespace

void measure_sealed_hour(const SpikeSettings& settings) {
  std::printf("\nSealed hour: %zu users in blocks of %zu, %zu look-ups, half of them of users of the hour\n",
              kUsers, kHashesPerBlock, kLookups);
  std::printf(
      "| where | bytes/user | sent to disk/user | ms to write | us/look-up, first | us/look-up, again |\n");
  const SealedHour hour = sample_hour();
  print("block file, Rice code", measure_file, BlockCoding::rice, settings, hour);
  print("block file, whole bytes", measure_file, BlockCoding::whole_bytes, settings, hour);
  print("RocksDB values, Rice code", measure_values, BlockCoding::rice, settings, hour);
  print("RocksDB values, whole bytes", measure_values, BlockCoding::whole_bytes, settings, hour);
}

}  // namespace hourglass::store_spike
