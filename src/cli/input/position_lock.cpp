#include "cli/input/position_lock.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>

namespace hourglass::cli {

base::Expected<PositionLock, std::string> PositionLock::acquire(const std::filesystem::path& position) {
  const std::string path = position.string() + kLockSuffix;
  engine::Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!descriptor.valid())
    return base::unexpected("cannot open " + path + ": " + std::strerror(errno));
  if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) == 0)
    return PositionLock(std::move(descriptor));
  if (errno == EWOULDBLOCK)
    return base::unexpected("another process follows with the position " + position.string());
  return base::unexpected("cannot lock " + path + ": " + std::strerror(errno));
}

}  // namespace hourglass::cli
