#pragma once

#include "engine/files/file_system.hpp"

namespace hourglass::engine {

/// The machine's own file system. Files are made with mode 0600, folders with 0700.
class PosixFileSystem final : public FileSystem {
 public:
  /// How open() opens: who only reads can do so where nothing can be written.
  enum class Access { read_write, read_only };

  explicit PosixFileSystem(Access access = Access::read_write) : access_(access) {}

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
  const Access access_;
};

}  // namespace hourglass::engine
