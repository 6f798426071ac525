#include "cli/export/new_file.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace hourglass::cli {
namespace {

constexpr std::string_view kSuffix = ".unfinished";

std::string sentence(const std::string& operation, const std::filesystem::path& path, int error_number) {
  return "cannot " + operation + " " + path.string() + ": " + std::strerror(error_number);
}

}  // namespace

base::Expected<NewFile, std::string> NewFile::create(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return base::unexpected(path.string() +
                            " is no regular file; without --output the events go to the "
                            "standard output");
  // A link stays, and what it leads to is replaced.
  const std::filesystem::path target =
      std::filesystem::is_symlink(path, error) ? std::filesystem::weakly_canonical(path, error) : path;
  if (!target.has_filename())
    return base::unexpected(path.string() + " is not the name of a file");
  std::string name = target.string() + ".XXXXXX" + std::string(kSuffix);
  engine::Descriptor descriptor(
      ::mkostemps(name.data(), static_cast<int>(kSuffix.size()), O_CLOEXEC));  // mode 0600
  if (!descriptor.valid())
    return base::unexpected(sentence("create", target, errno));
  return NewFile(target, name, std::move(descriptor));
}

NewFile::~NewFile() {
  if (!unfinished_.empty())
    ::unlink(unfinished_.c_str());
}

base::Expected<void, std::string> NewFile::failed(const std::string& operation) const {
  return base::unexpected(sentence(operation, path_, errno));
}

base::Expected<void, std::string> NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor_.number(), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR)
      return failed("write");
    bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
  }
  return {};
}

base::Expected<void, std::string> NewFile::publish() {
  if (::fsync(descriptor_.number()) != 0)
    return failed("sync");
  if (::rename(unfinished_.c_str(), path_.c_str()) != 0)
    return failed("rename a file to");
  unfinished_.clear();
  const std::filesystem::path parent = path_.has_parent_path() ? path_.parent_path() : ".";
  const engine::Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.number()) != 0)
    return failed("sync the directory of");
  return {};
}

}  // namespace hourglass::cli
