#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cli/input/line_splitter.hpp"
#include "cli/input/log_generations.hpp"
#include "cli/input/stop_descriptor.hpp"
#include "cli/input/text_file.hpp"

namespace hourglass::cli {

/// Reads one generation of a log from its beginning. Holds the file open, so that renaming and removing it
/// make no difference. What is not compressed may grow at any time, or be emptied and written anew under the
/// reader's hands; then nothing of the new text is given. Movable; one thread.
class GenerationReader {
 public:
  /// Nothing where the file is another one by now.
  static base::Expected<std::optional<GenerationReader>, std::string> open(const LogGeneration& generation,
                                                                           StopDescriptor stop);

  /// What reading on has brought.
  enum class Read { text, end, replaced };

  /// The next line that has been read with its LF.
  std::optional<Line> next() { return splitter_.next(); }

  /// What has been read behind the last LF, as a cut line.
  std::optional<Line> take_rest() { return splitter_.take_rest(); }

  /// Reads some more text, for next(). At the `end` more may come one day.
  base::Expected<Read, std::string> read_more();

  /// Whether the file was not written to for so long.
  bool is_quiet(std::chrono::milliseconds grace);

  /// Whether the file has more than has been read.
  [[nodiscard]] bool has_grown() const;

  /// Whether a generation is this one: the same file, or one with the same text.
  [[nodiscard]] bool is_same_file(const LogGeneration& generation) const;
  [[nodiscard]] bool is_same_text(const LogGeneration& generation) const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool is_plain() const { return is_plain_; }
  [[nodiscard]] const std::string& beginning() const { return beginning_; }
  [[nodiscard]] std::uint64_t device() const { return device_; }
  [[nodiscard]] const FileIdentity& identity() const { return file_; }
  [[nodiscard]] WriteTime written() const { return written_; }
  [[nodiscard]] std::uint64_t end_offset() const { return splitter_.end_offset(); }

 private:
  GenerationReader(TextFile text, const LogGeneration& generation);

  TextFile text_;
  LineSplitter splitter_;
  std::filesystem::path path_;
  bool is_plain_;
  std::uint64_t device_;
  FileIdentity file_;
  std::string beginning_;
  WriteTime written_;  // when the text that has been read was
  WriteTime watched_written_;
  std::chrono::steady_clock::time_point watched_since_ = std::chrono::steady_clock::now();
};

}  // namespace hourglass::cli
