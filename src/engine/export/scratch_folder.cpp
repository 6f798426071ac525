#include "engine/export/scratch_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <stdlib.h>  // mkdtemp

namespace hourglass::engine {

StoreResult<std::filesystem::path> ScratchFolder::path() {
  if (path_)
    return *path_;
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  if (error) {
    const char* const given = std::getenv("TMPDIR");
    return io_failure({error.value(), "use for temporary files", given != nullptr ? given : "TMPDIR"});
  }
  std::string pattern = (parent / "hourglass-export-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return io_failure({errno, "make a folder for temporary files in", parent});
  path_ = pattern;
  return *path_;
}

void ScratchFolder::remove() {
  std::error_code ignored;  // what is left over is in the directory for such things
  if (path_)
    std::filesystem::remove_all(*path_, ignored);
  path_.reset();
}

}  // namespace hourglass::engine
