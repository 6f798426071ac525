#include "store_spike/targets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "engine/files/posix_file_system.hpp"
#include "engine/log_record.hpp"
#include "engine/segment_log.hpp"
#include "store_spike/must.hpp"
#include "store_spike/rocks_store.hpp"
#include "store_spike/scratch.hpp"

namespace hourglass::store_spike {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPreparedBytes = 128 << 20;

enum class Preparation { none, allocated, zeroed };

/// pwrite and fdatasync of the same bytes and nothing else: what the disk allows.
class BareFile final : public CommitTarget {
 public:
  BareFile(const fs::path& directory, Preparation preparation)
      : file_(::open((directory / "bare").c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    must(file_ >= 0, "cannot create the bare file");
    if (preparation != Preparation::none)
      must(::posix_fallocate(file_, 0, kPreparedBytes) == 0, "cannot allocate");
    if (preparation == Preparation::zeroed) {
      const std::string zeros(1 << 20, '\0');
      for (std::uint64_t at = 0; at < kPreparedBytes; at += zeros.size())
        write_at(at, zeros);
    }
    must(::fsync(file_) == 0, "cannot sync");
  }
  ~BareFile() override { ::close(file_); }

  void commit(std::span<const SampleEvent> events) override {
    const std::string bytes = encode_commit(events, 1);
    write_at(end_, bytes);
    must(::fdatasync(file_) == 0, "cannot sync");
    end_ += bytes.size();
  }

  std::uint64_t settle() override { return end_; }

 private:
  void write_at(std::uint64_t at, const std::string& bytes) const {
    must(::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
             static_cast<ssize_t>(bytes.size()),
         "cannot write");
  }

  int file_;
  std::uint64_t end_ = 0;
};

/// The log of the engine as it is.
class OwnLog final : public CommitTarget {
 public:
  explicit OwnLog(const fs::path& directory) {
    const auto identity = engine::StoreIdentity::random();
    must(engine::SegmentLog::create(files_, directory, identity));
    log_ = must(engine::SegmentLog::open(files_, directory, identity, {},
                                         [](const auto&) { return engine::StoreResult<void>(); }));
  }

  void commit(std::span<const SampleEvent> events) override {
    const std::string payload = encode_commit(events, next_sequence_);
    next_sequence_ += events.size();
    must(log_->reserve(payload.size()));
    must(log_->append(engine::RecordType::commit, payload));
    used_ += engine::record_size(payload.size());
  }

  std::uint64_t settle() override { return used_; }

 private:
  engine::PosixFileSystem files_;
  std::unique_ptr<engine::SegmentLog> log_;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t used_ = 0;
};

class Rocks final : public CommitTarget {
 public:
  explicit Rocks(fs::path directory) : directory_(std::move(directory)) {
    must(RocksStore::open(directory_, RocksStore::options(rocksdb::WALRecoveryMode::kPointInTimeRecovery),
                          store_));
  }

  void commit(std::span<const SampleEvent> events) override { store_->commit(events); }

  std::uint64_t settle() override {
    must(store_->database().Flush(rocksdb::FlushOptions()));
    store_.reset();
    return size_of_files(directory_);
  }

 private:
  fs::path directory_;
  std::unique_ptr<RocksStore> store_;
};

TargetKind bare(const std::string& name, Preparation preparation) {
  return {name, [preparation](const fs::path& directory) {
            return std::make_unique<BareFile>(directory, preparation);
          }};
}

}  // namespace

std::vector<TargetKind> target_kinds() {
  return {bare("bare file, appended", Preparation::none),
          bare("bare file, allocated", Preparation::allocated),
          bare("bare file, zeroed", Preparation::zeroed),
          {"own segment log", [](const fs::path& directory) { return std::make_unique<OwnLog>(directory); }},
          {"RocksDB, synced batch",
           [](const fs::path& directory) { return std::make_unique<Rocks>(directory); }}};
}

}  // namespace hourglass::store_spike
