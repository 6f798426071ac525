#include "engine/backup/directory_swap.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hourglass::engine {
namespace {

auto failed(const char* operation, const std::filesystem::path& path, int error_number = errno) {
  return base::unexpected(IoError{error_number, operation, path});
}

}  // namespace

IoResult<bool> link_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0)
    return true;
  if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK)
    return false;
  return failed("link", from);
}

std::filesystem::path previous_path(const std::filesystem::path& directory) {
  return directory.string() + ".previous";
}

IoResult<void> swap_directories(const std::filesystem::path& first, const std::filesystem::path& second) {
  if (::renameat2(AT_FDCWD, first.c_str(), AT_FDCWD, second.c_str(), RENAME_EXCHANGE) == 0)
    return {};
  if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
    return failed("swap", second);
  return swap_in_steps(first, second);
}

IoResult<void> swap_in_steps(const std::filesystem::path& first, const std::filesystem::path& second) {
  const std::filesystem::path previous = previous_path(second);
  if (::rename(second.c_str(), previous.c_str()) != 0)
    return failed("rename", second);
  if (::rename(first.c_str(), second.c_str()) != 0)
    return failed("rename", first);
  if (::rename(previous.c_str(), first.c_str()) != 0)
    return failed("rename", previous);
  return {};
}

IoResult<bool> is_mount_point(const std::filesystem::path& directory) {
  struct stat own {};
  struct stat parent {};
  if (::stat(directory.c_str(), &own) != 0 || ::stat(directory.parent_path().c_str(), &parent) != 0)
    return failed("examine", directory);
  return own.st_dev != parent.st_dev || own.st_ino == parent.st_ino;
}

IoResult<void> remove_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (error)
    return failed("remove", directory, error.value());
  return {};
}

}  // namespace hourglass::engine
