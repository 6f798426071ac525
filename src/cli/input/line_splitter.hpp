#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hourglass::cli {

/// The longest line that is given with its text, without the LF or CR LF that ends it.
inline constexpr std::size_t kMaxLineBytes = 1 << 20;

/// A line of an input. The text is valid until the next line is asked for.
struct Line {
  std::string_view text;         // without the LF, and without a CR at its end; empty when too long
  std::uint64_t number = 0;      // from 1
  std::uint64_t end_offset = 0;  // behind the LF, in bytes as they are after decompression
  bool is_too_long = false;
  bool is_cut = false;  // the input ends before an LF
};

/// Splits text into lines as it arrives. Text is put straight into its buffer, and a line is copied only
/// where it straddles two pieces. Takes a quarter of a MiB, with long lines some two MiB. One thread.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line_bytes = kMaxLineBytes);

  /// Room for more text, never empty. To be asked for when next() has no line; ends the life of the last one.
  std::span<char> room();

  /// Says how many bytes were put into the room.
  void take(std::size_t bytes) { end_ += bytes; }

  /// The next line that is there with its LF.
  std::optional<Line> next();

  /// What stands behind the last LF when no more text comes: a cut line, unless there is nothing. After that
  /// there is nothing.
  std::optional<Line> take_rest();

  /// Behind the last line that was given.
  [[nodiscard]] std::uint64_t end_offset() const { return end_offset_; }

  /// Behind the text that has arrived.
  [[nodiscard]] std::uint64_t text_end() const { return end_offset_ + skipped_ + (end_ - begin_); }

 private:
  Line line_until(std::size_t text_end, std::size_t line_end, bool is_cut);
  void skip_long_line();

  std::size_t max_line_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;      // of the line that has not been given
  std::size_t searched_ = 0;   // no LF between begin_ and here
  std::size_t end_ = 0;        // of the text
  std::uint64_t skipped_ = 0;  // bytes of that line which are no longer kept
  std::uint64_t number_ = 0;
  std::uint64_t end_offset_ = 0;
};

}  // namespace hourglass::cli
