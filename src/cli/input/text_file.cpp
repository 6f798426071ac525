#include "cli/input/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hourglass::cli {
namespace {

constexpr std::size_t kRawBytes = 256 * 1024;

auto failed(const char* operation, const std::string& name, int error_number = errno) {
  return base::unexpected("cannot " + std::string(operation) + " " + name + ": " +
                          std::generic_category().message(error_number));
}

}  // namespace

base::Expected<TextFile, std::string> TextFile::open(const std::string& path, StopDescriptor stop) {
  if (path == "-") {
    engine::Descriptor standard_input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!standard_input.valid())
      return failed("read", "the standard input");
    return over(std::move(standard_input), "the standard input", stop);
  }
  // Without O_NONBLOCK the opening of a pipe would wait for its writer, and no stop would end that.
  engine::Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor.valid())
    return failed("open", path);
  return over(std::move(descriptor), path, stop);
}

base::Expected<TextFile, std::string> TextFile::over_plain(engine::Descriptor descriptor, std::string name,
                                                           StopDescriptor stop) {
  auto file = over(std::move(descriptor), std::move(name), stop);
  if (file)
    file->encoding_ = Encoding::plain;
  return file;
}

base::Expected<TextFile, std::string> TextFile::over(engine::Descriptor descriptor, std::string name,
                                                     StopDescriptor stop) {
  struct stat status {};
  if (::fstat(descriptor.number(), &status) != 0)
    return failed("examine", name);
  if (S_ISDIR(status.st_mode))
    return base::unexpected(name + " is a directory, not a file");
  TextFile file;
  file.descriptor_ = std::move(descriptor);
  file.name_ = std::move(name);
  file.stop_ = stop;
  file.is_regular_ = S_ISREG(status.st_mode);
  if (file.is_regular_) {
    ::posix_fadvise(file.descriptor_.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  return file;
}

base::Expected<TextFile::Piece, std::string> TextFile::read(std::span<char> into) {
  if (!encoding_) {
    const auto found = find_encoding();
    if (!found)
      return base::unexpected(found.error());
    if (!*found)
      return Piece{0, true};
  }
  return decoder_ ? read_compressed(into) : read_plain(into);
}

bool TextFile::is_being_written() const {
  if (!is_regular_)
    return false;
  // The kernel gives a lease for reading only while nobody writes.
  const bool is_quiet = ::fcntl(descriptor_.number(), F_SETLEASE, F_RDLCK) == 0;
  if (is_quiet)
    ::fcntl(descriptor_.number(), F_SETLEASE, F_UNLCK);
  return !is_quiet;
}

/// Reads what comes next in the file.
base::Expected<TextFile::Piece, std::string> TextFile::read_raw(std::span<char> into) {
  for (;;) {
    if (!is_regular_ && wait_readable(descriptor_.number(), stop_, patience_) != Readiness::readable)
      return Piece{0, true};
    const auto count = ::read(descriptor_.number(), into.data(), into.size());
    if (count >= 0) {
      bytes_read_ += static_cast<std::uint64_t>(count);
      return Piece{static_cast<std::size_t>(count), false};
    }
    if (errno != EINTR && errno != EAGAIN)
      return failed("read", name_);
  }
}

/// Reads more behind what is kept in raw_.
base::Expected<TextFile::Piece, std::string> TextFile::fill_raw() {
  raw_.resize(kRawBytes);
  if (raw_begin_ == raw_end_)
    raw_begin_ = raw_end_ = 0;
  auto piece = read_raw(std::span(raw_).subspan(raw_end_));
  if (piece) {
    raw_end_ += piece->bytes;
    raw_is_all_ = piece->bytes == 0 && !piece->is_stopped;
  }
  return piece;
}

/// False when the stop came first.
base::Expected<bool, std::string> TextFile::find_encoding() {
  for (;;) {
    encoding_ = encoding_of({raw_.data() + raw_begin_, raw_end_ - raw_begin_}, raw_is_all_);
    if (encoding_)
      break;
    const auto piece = fill_raw();
    if (!piece)
      return base::unexpected(piece.error());
    if (piece->is_stopped)
      return false;
  }
  if (*encoding_ == Encoding::plain)
    return true;
  auto decoder = decoder_of(*encoding_);
  if (!decoder) {
    encoding_.reset();
    return base::unexpected(name_ + " " + decoder.error());
  }
  decoder_ = std::move(*decoder);
  return true;
}

base::Expected<TextFile::Piece, std::string> TextFile::read_plain(std::span<char> into) {
  if (raw_begin_ == raw_end_)
    return read_raw(into);
  const std::size_t bytes = std::min(into.size(), raw_end_ - raw_begin_);
  std::memcpy(into.data(), raw_.data() + raw_begin_, bytes);
  raw_begin_ += bytes;
  if (raw_begin_ == raw_end_)
    raw_ = {};
  return Piece{bytes, false};
}

base::Expected<TextFile::Piece, std::string> TextFile::read_compressed(std::span<char> into) {
  for (;;) {
    const auto step = decoder_->decode({raw_.data() + raw_begin_, raw_end_ - raw_begin_}, into);
    if (!step)
      return base::unexpected(name_ + " " + step.error());
    raw_begin_ += step->consumed;
    if (step->produced > 0)
      return Piece{step->produced, false};
    if (step->consumed > 0)
      continue;
    if (raw_is_all_ && decoder_->is_complete())
      return Piece{};
    if (raw_is_all_)
      return base::unexpected(name_ + " is cut off: it ends within its compressed text");
    const auto piece = fill_raw();
    if (!piece)
      return base::unexpected(piece.error());
    if (piece->is_stopped)
      return *piece;
  }
}

}  // namespace hourglass::cli
