#include "cli/input/temporary_file.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace hourglass::cli {
namespace {

auto failed(const char* operation, const std::filesystem::path& directory, int error_number) {
  return base::unexpected("cannot " + std::string(operation) + " a temporary file in " + directory.string() +
                          ": " + std::generic_category().message(error_number) +
                          "; TMPDIR can name another directory");
}

/// A file that gets a name and loses it at once, where there are no files without one.
int create_and_unlink(const std::filesystem::path& directory) {
  std::string name = (directory / "hourglass-XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor >= 0)
    ::unlink(name.c_str());
  return descriptor;
}

}  // namespace

base::Expected<TemporaryFile, std::string> TemporaryFile::create(const std::filesystem::path& directory) {
  constexpr mode_t kFileMode = 0600;
  int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, kFileMode);
  // EISDIR comes from kernels that do not know O_TMPFILE, EOPNOTSUPP from file systems.
  if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
    descriptor = create_and_unlink(directory);
  if (descriptor < 0)
    return failed("make", directory, errno);
  return TemporaryFile(engine::Descriptor(descriptor), directory);
}

base::Expected<void, std::string> TemporaryFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor_.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return failed("write", directory_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

base::Expected<void, std::string> TemporaryFile::read_at(std::uint64_t offset,
                                                         std::span<std::byte> into) const {
  while (!into.empty()) {
    const auto count = ::pread(descriptor_.number(), into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return failed("read", directory_, count < 0 ? errno : EIO);
    offset += static_cast<std::uint64_t>(count);
    into = into.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace hourglass::cli
