#include "cli/send/rejects_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hourglass::cli {

base::Expected<RejectsFile, std::string> RejectsFile::open(const std::filesystem::path& path, bool append) {
  constexpr mode_t kOnlyOwner = 0600;
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC) | O_CLOEXEC, kOnlyOwner);
  struct stat status {};
  if (descriptor >= 0 && ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
    ::fchmod(descriptor, kOnlyOwner);  // a file that was there keeps its mode otherwise
  std::unique_ptr<std::FILE, Close> file(descriptor < 0 ? nullptr : ::fdopen(descriptor, "w"));
  if (file == nullptr)
    return base::unexpected("cannot write to the file of rejects " + path.string() + ": " +
                            std::strerror(errno));
  return RejectsFile(std::move(file), path);
}

base::Expected<void, std::string> RejectsFile::add(const std::string& input, std::uint64_t line,
                                                   const std::string& code, const std::string& why,
                                                   std::string_view original) {
  const std::string before = input + ":" + std::to_string(line) + "\t" + code + "\t" + why + "\t";
  std::fwrite(before.data(), 1, before.size(), file_.get());
  std::fwrite(original.data(), 1, original.size(), file_.get());
  std::fputc('\n', file_.get());
  if (std::ferror(file_.get()) != 0)
    return failure();
  return {};
}

base::Expected<void, std::string> RejectsFile::flush() {
  if (std::fflush(file_.get()) != 0)
    return failure();
  return {};
}

tl::unexpected<std::string> RejectsFile::failure() const {
  return base::unexpected("cannot write to the file of rejects " + path_.string() + ": " +
                          std::strerror(errno));
}

}  // namespace hourglass::cli
