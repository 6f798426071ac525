#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/hour.hpp"
#include "core/siphash.hpp"
#include "engine/log_record.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

/// The last time, on the clock of the windows, that a key was seen.
struct KeyOccurrence {
  core::Hash128 key;
  core::Timestamp last;

  friend bool operator==(const KeyOccurrence&, const KeyOccurrence&) = default;
};

/// A file of key occurrences, sorted by key, that never changes: docs/formats/keys.md. In memory it takes 16
/// bytes for 170 keys. Any number of threads may read it.
class KeyRun {
 public:
  static constexpr std::size_t kPageSize = 4096;
  static constexpr std::size_t kEntriesPerPage = 170;

  /// Checks the header and the index; pages are checked as they are read.
  static StoreResult<std::shared_ptr<const KeyRun>> open(FileSystem& files, std::filesystem::path path,
                                                         const StoreIdentity& identity);

  /// When the key was last seen, if this run holds it. One page is read.
  [[nodiscard]] StoreResult<std::optional<core::Timestamp>> find(const core::Hash128& key) const;

  /// The occurrences of a page, sorted.
  [[nodiscard]] StoreResult<std::vector<KeyOccurrence>> read_page(std::size_t page) const;

  [[nodiscard]] std::size_t page_count() const { return first_keys_.size(); }
  [[nodiscard]] std::uint64_t entry_count() const { return entry_count_; }
  [[nodiscard]] RecordRange range() const { return range_; }
  [[nodiscard]] std::uint64_t revision() const { return 0; }        // a range is written once only
  [[nodiscard]] core::Timestamp latest() const { return latest_; }  // of all its occurrences
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t bytes_on_disk() const;

 private:
  friend class KeyRunWriter;
  using PageBytes = std::array<char, kPageSize>;

  KeyRun() = default;
  StoreResult<void> read_page_bytes(std::size_t page, PageBytes& bytes) const;
  [[nodiscard]] std::size_t entries_of(std::size_t page) const;

  std::filesystem::path path_;
  std::unique_ptr<File> file_;
  std::uint64_t seed_ = 0;
  RecordRange range_;
  core::Timestamp latest_;
  std::uint64_t entry_count_ = 0;
  std::vector<core::Hash128> first_keys_;  // of each page
};

/// Writes a run front to back. It appears under its name, durable, when finish() succeeds.
class KeyRunWriter {
 public:
  static StoreResult<KeyRunWriter> create(FileSystem& files, const std::filesystem::path& directory,
                                          const StoreIdentity& identity, RecordRange range);

  /// Keys come in ascending order.
  StoreResult<void> add(const KeyOccurrence& occurrence);
  StoreResult<std::shared_ptr<const KeyRun>> finish();

 private:
  KeyRunWriter(FileSystem& files, const StoreIdentity& identity) : files_(&files), identity_(identity) {}
  StoreResult<void> write_page();

  FileSystem* files_;
  StoreIdentity identity_;
  std::shared_ptr<KeyRun> run_;
  std::vector<KeyOccurrence> page_;
};

/// The file name of a run.
std::string key_run_name(RecordRange range);

}  // namespace hourglass::engine
