#include "cli/input/file_identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace hourglass::cli {

FileIdentity identity_of(int descriptor) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  struct statx status {};
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &status) != 0)
    return {};
  FileIdentity identity{status.stx_ino, 0};
  if ((status.stx_mask & STATX_BTIME) != 0)
    identity.born = status.stx_btime.tv_sec * kNanoseconds + status.stx_btime.tv_nsec;
  return identity;
}

bool are_same(const FileIdentity& one, const FileIdentity& other) {
  return one == other && one.born != 0;
}

}  // namespace hourglass::cli
