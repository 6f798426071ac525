#include "cli/input/generation_reader.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace hourglass::cli {
namespace {

struct Status {
  std::uint64_t size = 0;
  WriteTime written = 0;
};

Status status_of(int descriptor) {
  constexpr WriteTime kNanoseconds = 1'000'000'000;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0)
    return {};
  return {static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

}  // namespace

base::Expected<std::optional<GenerationReader>, std::string> GenerationReader::open(
    const LogGeneration& generation, StopDescriptor stop) {
  engine::Descriptor descriptor(::open(generation.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor.valid() && errno == ENOENT)
    return std::nullopt;
  if (!descriptor.valid())
    return base::unexpected("cannot open " + generation.path.string() + ": " +
                            std::generic_category().message(errno));
  struct stat status {};
  if (::fstat(descriptor.number(), &status) != 0 || status.st_dev != generation.device ||
      status.st_ino != generation.file.inode)
    return std::nullopt;
  auto text = generation.is_plain
                  ? TextFile::over_plain(std::move(descriptor), generation.path.string(), stop)
                  : TextFile::over(std::move(descriptor), generation.path.string(), stop);
  if (!text)
    return base::unexpected(std::move(text.error()));
  return GenerationReader(std::move(*text), generation);
}

GenerationReader::GenerationReader(TextFile text, const LogGeneration& generation)
    : text_(std::move(text)),
      path_(generation.path),
      is_plain_(generation.is_plain),
      device_(generation.device),
      file_(generation.file),
      beginning_(generation.beginning),
      written_(generation.written),
      watched_written_(generation.written) {}

base::Expected<GenerationReader::Read, std::string> GenerationReader::read_more() {
  const auto piece = text_.read(splitter_.room());
  if (!piece)
    return base::unexpected(piece.error());
  if (is_plain_) {
    // Once a file has been emptied and written anew it never begins as before. So what was read before it is
    // seen to begin as ever is of the old text.
    const Status status = status_of(text_.descriptor());
    std::string beginning = read_beginning(text_.descriptor());
    if (!beginning.starts_with(beginning_) || status.size < splitter_.text_end() + piece->bytes)
      return Read::replaced;
    beginning_ = std::move(beginning);
    written_ = status.written;
  }
  splitter_.take(piece->bytes);
  return piece->bytes > 0 ? Read::text : Read::end;
}

bool GenerationReader::is_quiet(std::chrono::milliseconds grace) {
  using std::chrono::nanoseconds;
  const WriteTime written = status_of(text_.descriptor()).written;
  const auto now = std::chrono::steady_clock::now();
  if (written != watched_written_) {
    watched_written_ = written;
    watched_since_ = now;
  }
  const auto clock = std::chrono::system_clock::now().time_since_epoch();
  return now - watched_since_ >= grace ||
         std::chrono::duration_cast<nanoseconds>(clock) - nanoseconds(written) >= grace;
}

bool GenerationReader::has_grown() const {
  return is_plain_ && status_of(text_.descriptor()).size > splitter_.text_end();
}

bool GenerationReader::is_same_file(const LogGeneration& generation) const {
  return generation.device == device_ && generation.file == file_;
}

bool GenerationReader::is_same_text(const LogGeneration& generation) const {
  return !beginning_.empty() && generation.beginning.starts_with(beginning_);
}

}  // namespace hourglass::cli
