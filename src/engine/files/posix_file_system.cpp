#include "engine/files/posix_file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/files/descriptor.hpp"

namespace hourglass::engine {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

auto failed(std::string operation, const std::filesystem::path& path, int error_number = errno) {
  return base::unexpected(IoError{error_number, std::move(operation), path});
}

/// Calls a system call again for as long as a signal interrupts it.
template <typename Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR)
    result = call();
  return result;
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::filesystem::path path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  IoResult<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto count = uninterrupted([&] {
        return ::pread(descriptor_.number(), into.data() + done, into.size() - done,
                       static_cast<off_t>(offset + done));
      });
      if (count < 0)
        return failed("read", path_);
      if (count == 0)
        break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  IoResult<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto count = uninterrupted([&] {
        return ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (count < 0)
        return failed("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  IoResult<void> allocate(std::uint64_t size) override {
    const int error_number = ::posix_fallocate(descriptor_.number(), 0, static_cast<off_t>(size));
    if (error_number != 0)
      return failed("reserve space in", path_, error_number);
    return {};
  }

  IoResult<void> sync() override {
    if (uninterrupted([&] { return ::fdatasync(descriptor_.number()); }) != 0)
      return failed("sync", path_);
    return {};
  }

  IoResult<std::uint64_t> size() const override {
    struct stat status {};
    if (::fstat(descriptor_.number(), &status) != 0)
      return failed("examine", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  Descriptor descriptor_;
  std::filesystem::path path_;
};

IoResult<std::unique_ptr<File>> open_with(const std::filesystem::path& path, int flags,
                                          const char* operation) {
  Descriptor descriptor(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); }));
  if (!descriptor.valid())
    return failed(operation, path);
  return std::make_unique<PosixFile>(std::move(descriptor), path);
}

}  // namespace

IoResult<std::unique_ptr<File>> PosixFileSystem::open(const std::filesystem::path& path) {
  return open_with(path, access_ == Access::read_write ? O_RDWR : O_RDONLY, "open");
}

IoResult<std::unique_ptr<File>> PosixFileSystem::create(const std::filesystem::path& path) {
  return open_with(path, O_RDWR | O_CREAT | O_EXCL, "create");
}

IoResult<void> PosixFileSystem::make_directory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), kDirectoryMode) == 0)
    return {};
  const int error_number = errno;
  std::error_code ignored;
  if (error_number == EEXIST && std::filesystem::is_directory(path, ignored))
    return {};
  return failed("make the directory", path, error_number);
}

IoResult<void> PosixFileSystem::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return failed("rename", from);
  return {};
}

IoResult<void> PosixFileSystem::remove(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0)
    return failed("remove", path);
  return {};
}

IoResult<void> PosixFileSystem::sync_directory(const std::filesystem::path& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid())
    return failed("open", path);
  if (uninterrupted([&] { return ::fsync(directory.number()); }) != 0)
    return failed("sync", path);
  return {};
}

IoResult<bool> PosixFileSystem::exists(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0)
    return true;
  if (errno == ENOENT)
    return false;
  return failed("examine", path);
}

IoResult<std::vector<std::string>> PosixFileSystem::list(const std::filesystem::path& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error)
    return failed("list", path, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

IoResult<Space> PosixFileSystem::space(const std::filesystem::path& path) {
  struct statvfs status {};
  if (uninterrupted([&] { return ::statvfs(path.c_str(), &status); }) != 0)
    return failed("examine", path);
  return Space{std::uint64_t{status.f_bavail} * status.f_frsize,
               std::uint64_t{status.f_blocks} * status.f_frsize};
}

}  // namespace hourglass::engine
