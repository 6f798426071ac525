#include "engine/files/directory_lock.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace hourglass::engine {
namespace {

/// Makes the directory if it is missing, and its name durable: what is synced inside a directory whose name
/// is lost in a power cut is lost with it.
base::StartResult<void> make_directory(const std::filesystem::path& directory) {
  const auto failed = [&] {
    return base::fail_start("cannot make the data directory " + directory.string() + ": " +
                            std::strerror(errno));
  };
  if (::mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST)
      return {};
    return failed();
  }
  const Descriptor parent(::open((directory / "..").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid() || ::fsync(parent.number()) != 0)
    return failed();
  return {};
}

}  // namespace

base::StartResult<DirectoryLock> DirectoryLock::acquire(const std::filesystem::path& directory) {
  if (auto made = make_directory(directory); !made)
    return tl::unexpected(made.error());
  const std::filesystem::path path = directory / "lock";
  Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!descriptor.valid())
    return base::fail_start("cannot open " + path.string() + ": " + std::strerror(errno));
  return lock(directory, std::move(descriptor));
}

base::StartResult<DirectoryLock> DirectoryLock::acquire_existing(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "lock";
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.valid())
    return lock(directory, std::move(descriptor));
  if (errno == ENOENT)
    return DirectoryLock();
  return base::fail_start("cannot open " + path.string() + ": " + std::strerror(errno));
}

base::StartResult<DirectoryLock> DirectoryLock::lock(const std::filesystem::path& directory,
                                                     Descriptor descriptor) {
  if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) == 0)
    return DirectoryLock(std::move(descriptor));
  if (errno == EWOULDBLOCK)
    return base::fail_start("the data directory " + directory.string() + " is in use by another process");
  return base::fail_start("cannot lock " + (directory / "lock").string() + ": " + std::strerror(errno));
}

}  // namespace hourglass::engine
