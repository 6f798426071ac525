#include "cli/input/line_splitter.hpp"

#include <algorithm>
#include <cstring>

namespace hourglass::cli {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

/// Room for less is not worth a system call.
constexpr std::size_t kLeastRoom = kBufferBytes / 4;

constexpr std::size_t kEndBytes = 2;  // CR LF

}  // namespace

LineSplitter::LineSplitter(std::size_t max_line_bytes)
    : max_line_bytes_(max_line_bytes), buffer_(kBufferBytes) {}

std::span<char> LineSplitter::room() {
  skip_long_line();
  if (begin_ > 0 && (begin_ == end_ || buffer_.size() - end_ < kLeastRoom)) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    searched_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < kLeastRoom)
    buffer_.resize(buffer_.size() * 2);
  return {buffer_.data() + end_, buffer_.size() - end_};
}

std::optional<Line> LineSplitter::next() {
  const void* found = std::memchr(buffer_.data() + searched_, '\n', end_ - searched_);
  if (found == nullptr) {
    searched_ = end_;
    return std::nullopt;
  }
  const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
  return line_until(at, at + 1, false);
}

std::optional<Line> LineSplitter::take_rest() {
  if (begin_ == end_ && skipped_ == 0)
    return std::nullopt;
  return line_until(end_, end_, true);
}

Line LineSplitter::line_until(std::size_t text_end, std::size_t line_end, bool is_cut) {
  std::string_view text(buffer_.data() + begin_, text_end - begin_);
  if (text.ends_with('\r'))
    text.remove_suffix(1);
  end_offset_ += skipped_ + (line_end - begin_);
  const bool is_too_long = skipped_ > 0 || text.size() > max_line_bytes_;
  skipped_ = 0;
  begin_ = searched_ = line_end;
  return {is_too_long ? std::string_view() : text, ++number_, end_offset_, is_too_long, is_cut};
}

/// Forgets what has arrived of a line that is too long however it goes on.
void LineSplitter::skip_long_line() {
  const bool is_searched = searched_ == end_;
  if (is_searched && (skipped_ > 0 || end_ - begin_ >= max_line_bytes_ + kEndBytes)) {
    skipped_ += end_ - begin_;
    begin_ = searched_ = end_;
  }
}

}  // namespace hourglass::cli
