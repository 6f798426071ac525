#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/files/file_system.hpp"

namespace hourglass::engine {

/// A file of another file system, for what changes some of its calls.
class ForwardingFile : public File {
 public:
  explicit ForwardingFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  IoResult<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    return file_->read_at(offset, into);
  }
  IoResult<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    return file_->write_at(offset, bytes);
  }
  IoResult<void> allocate(std::uint64_t size) override { return file_->allocate(size); }
  IoResult<void> sync() override { return file_->sync(); }
  IoResult<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
};

/// The calls of another file system, for what changes some of them. The other one outlives it.
class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(FileSystem& files) : files_(files) {}

  IoResult<std::unique_ptr<File>> open(const std::filesystem::path& path) override {
    auto file = files_.open(path);
    return file ? wrap(path, std::move(*file)) : std::move(file);
  }
  IoResult<std::unique_ptr<File>> create(const std::filesystem::path& path) override {
    auto file = files_.create(path);
    return file ? wrap(path, std::move(*file)) : std::move(file);
  }
  IoResult<void> make_directory(const std::filesystem::path& path) override {
    return files_.make_directory(path);
  }
  IoResult<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return files_.rename(from, to);
  }
  IoResult<void> remove(const std::filesystem::path& path) override { return files_.remove(path); }
  IoResult<void> sync_directory(const std::filesystem::path& path) override {
    return files_.sync_directory(path);
  }
  IoResult<bool> exists(const std::filesystem::path& path) override { return files_.exists(path); }
  IoResult<std::vector<std::string>> list(const std::filesystem::path& path) override {
    return files_.list(path);
  }
  IoResult<Space> space(const std::filesystem::path& path) override { return files_.space(path); }

 protected:
  [[nodiscard]] FileSystem& files() const { return files_; }

  /// What open() and create() give in place of a file of the other one.
  virtual std::unique_ptr<File> wrap(const std::filesystem::path&, std::unique_ptr<File> file) {
    return file;
  }

 private:
  FileSystem& files_;
};

}  // namespace hourglass::engine
