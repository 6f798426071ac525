#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "engine/files/file_system.hpp"

namespace hourglass::engine {

/// A file system in memory that can fail any operation and lose power at any moment. What was not synced is
/// then lost, kept or torn at random, and so are names in folders that were not synced. After a failed sync
/// the bytes concerned count as clean although they never reached the disk, as on Linux.
class SimulatedFileSystem final : public FileSystem {
 public:
  /// The call with this number (from 1, counting calls that change something) fails; 0: none.
  void fail_call(std::uint64_t number, int error_number);

  /// Every call that changes something fails from now on, or none.
  void fail_all(int error_number);

  /// No file can be created from now on, or again.
  void fail_creations(int error_number);

  /// The call with this number and all behind it fail, as far as the process can tell: power is about to be
  /// cut. 0: none.
  void fail_from(std::uint64_t number, int error_number);

  /// The call with this number among those that read, open() and read_at(), fails; 0: none.
  void fail_read(std::uint64_t number, int error_number);

  [[nodiscard]] std::uint64_t calls() const;
  [[nodiscard]] std::uint64_t reads() const;

  void set_space(Space space);

  /// While it is set whatever takes room fails with ENOSPC: new files, and writing or reserving space behind
  /// the end of a file.
  void set_full(bool full);

  /// Is called before every call that changes something, and may call the file system itself: what another
  /// thread does just then.
  void before_each_call(std::function<void()> meanwhile);

  /// What the disk holds after a power cut. Files that are open stay with the process that has died.
  void cut_power(std::mt19937_64& random);

  /// The bytes of a file, to look at and to damage.
  std::string& content(const std::filesystem::path& path);

  IoResult<std::unique_ptr<File>> open(const std::filesystem::path& path) override;
  IoResult<std::unique_ptr<File>> create(const std::filesystem::path& path) override;
  IoResult<void> make_directory(const std::filesystem::path& path) override;
  IoResult<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  IoResult<void> remove(const std::filesystem::path& path) override;
  IoResult<void> sync_directory(const std::filesystem::path& path) override;
  IoResult<bool> exists(const std::filesystem::path& path) override;
  IoResult<std::vector<std::string>> list(const std::filesystem::path& path) override;
  IoResult<Space> space(const std::filesystem::path& path) override;

 private:
  friend class SimulatedFile;

  struct Write {
    std::uint64_t offset;
    std::string bytes;
  };

  struct Content {
    std::string current;
    std::string durable;
    std::vector<Write> unsynced;
  };

  using Names = std::map<std::filesystem::path, std::shared_ptr<Content>>;

  /// Counts a call that changes something; the error that it is to fail with, or 0.
  int next_call(bool takes_room = false);

  /// The same for a call that reads.
  int next_read();

  mutable std::mutex mutex_;
  Names names_;
  Names durable_names_;
  std::vector<std::filesystem::path> directories_;
  std::uint64_t calls_ = 0;
  std::uint64_t failing_call_ = 0;
  int failing_error_ = 0;
  int failing_all_ = 0;
  int failing_creations_ = 0;
  std::uint64_t failing_from_ = 0;
  int failing_from_error_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t failing_read_ = 0;
  int failing_read_error_ = 0;
  bool full_ = false;
  std::function<void()> meanwhile_ = [] {};
  Space space_{1ULL << 40, 1ULL << 41};
};

}  // namespace hourglass::engine
