#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace hourglass::engine {

/// A file operation that failed.
struct IoError {
  int error_number = 0;  // errno
  std::string operation;
  std::filesystem::path path;

  /// "cannot sync /data/log/1.log: Input/output error"
  [[nodiscard]] std::string message() const;
};

template <typename T>
using IoResult = base::Expected<T, IoError>;

/// An open file. Owned by one thread at a time, except read_at(), which any number of threads may call.
class File {
 public:
  virtual ~File() = default;

  /// Reads until `into` is full or the file ends; returns how many bytes that were.
  virtual IoResult<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;

  /// Writes all of the bytes. After a failure any part of them may have been written.
  virtual IoResult<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;

  /// Reserves space up to `size`, so that writing there cannot fail for lack of it; new bytes read as zeros.
  virtual IoResult<void> allocate(std::uint64_t size) = 0;

  /// Returns when everything written is on stable storage. After a failure nobody knows what is.
  virtual IoResult<void> sync() = 0;

  virtual IoResult<std::uint64_t> size() const = 0;
};

/// How much room a file system has.
struct Space {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

/// The file operations that the engine is built on. An interface, so that tests can fail any of them and can
/// simulate a power cut. Callable from every thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual IoResult<std::unique_ptr<File>> open(const std::filesystem::path& path) = 0;

  /// Fails if the file exists. Its name is durable after sync_directory() of its folder.
  virtual IoResult<std::unique_ptr<File>> create(const std::filesystem::path& path) = 0;

  virtual IoResult<void> make_directory(const std::filesystem::path& path) = 0;  // succeeds if it exists
  virtual IoResult<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual IoResult<void> remove(const std::filesystem::path& path) = 0;
  virtual IoResult<void> sync_directory(const std::filesystem::path& path) = 0;
  virtual IoResult<bool> exists(const std::filesystem::path& path) = 0;

  /// The names in a folder, sorted.
  virtual IoResult<std::vector<std::string>> list(const std::filesystem::path& path) = 0;

  virtual IoResult<Space> space(const std::filesystem::path& path) = 0;
};

/// The whole content of a file.
IoResult<std::string> read_whole(FileSystem& files, const std::filesystem::path& path);

/// Creates the file in place of anything that an earlier attempt has left under this name.
IoResult<std::unique_ptr<File>> create_afresh(FileSystem& files, const std::filesystem::path& path);

/// Gives a file that has been synced its name, and makes that durable.
IoResult<void> appear_durably(FileSystem& files, const std::filesystem::path& unfinished,
                              const std::filesystem::path& path);

/// Removes a file so that it does not come back after a power cut: what is removed one by one from the front
/// of a sequence leaves no gap.
IoResult<void> remove_durably(FileSystem& files, const std::filesystem::path& path);

/// Makes a file appear under its name whole and durable, or not at all: written beside it, synced, renamed.
IoResult<void> write_durably(FileSystem& files, const std::filesystem::path& path, std::string_view content);

/// The suffix of files that are not yet whole; what bears it at start is removed.
inline constexpr std::string_view kUnfinishedSuffix = ".unfinished";

}  // namespace hourglass::engine
