#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cli/input/line_splitter.hpp"
#include "cli/input/stop_descriptor.hpp"
#include "cli/input/text_file.hpp"

namespace hourglass::cli {

/// Reads an input line by line: a file, plain or compressed with gzip or zstd, a pipe, or the standard input.
/// Memory is bounded whatever the input holds. The last line is given though it may be cut. Movable; one
/// thread.
class LineReader {
 public:
  /// `-` is the standard input. A failure is a sentence that names the input.
  static base::Expected<LineReader, std::string> open(const std::string& path, StopDescriptor stop = {});

  /// From now on a pipe or a terminal is waited for only so long at a time, as if the stop came then.
  void set_patience(std::chrono::milliseconds patience) { file_.set_patience(patience); }

  explicit LineReader(TextFile file) : file_(std::move(file)) {}

  /// The next line; nothing at the end, or when the stop came while there was nothing to read: was_stopped()
  /// says which. Where the input is damaged or cannot be read, the failure comes after the lines before it,
  /// and again at every further call.
  base::Expected<std::optional<Line>, std::string> next();

  [[nodiscard]] bool was_stopped() const { return was_stopped_; }

  /// Whether somebody has the file open for writing: a line that is cut may then go on.
  [[nodiscard]] bool is_being_written() const { return file_.is_being_written(); }

  /// How much of the input, as it lies on the disk, has been read; the lines given may lag by its buffers.
  [[nodiscard]] std::uint64_t bytes_read() const { return file_.bytes_read(); }

 private:
  TextFile file_;
  LineSplitter splitter_;
  std::optional<std::string> failure_;
  bool is_at_end_ = false;
  bool was_stopped_ = false;
};

}  // namespace hourglass::cli
