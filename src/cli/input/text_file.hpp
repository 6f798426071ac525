#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/input/decoder.hpp"
#include "cli/input/stop_descriptor.hpp"
#include "engine/files/descriptor.hpp"

namespace hourglass::cli {

/// The text of a file, read once from its beginning to its end. What is compressed is told by its first bytes
/// and decompressed. A pipe or a terminal is waited for, and the waiting ends when the stop comes. Takes a
/// quarter of a MiB, and what the decompression takes: for zstd up to 128 MiB, as the file demands. Movable;
/// one thread.
class TextFile {
 public:
  /// `bytes` were put where they were wanted; 0 of them is the end, unless the stop came first.
  struct Piece {
    std::size_t bytes = 0;
    bool is_stopped = false;
  };

  /// Opens a file by its path; `-` is the standard input. A failure is a sentence that names it.
  static base::Expected<TextFile, std::string> open(const std::string& path, StopDescriptor stop);

  /// From now on a pipe or a terminal is waited for only so long at a time: reading then ends as if stopped.
  void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

  /// Over a descriptor that is open at the beginning of its file; `name` is for the failures.
  static base::Expected<TextFile, std::string> over(engine::Descriptor descriptor, std::string name,
                                                    StopDescriptor stop);

  /// The same for what is known to be plain: it can be asked again for what was written behind its end.
  static base::Expected<TextFile, std::string> over_plain(engine::Descriptor descriptor, std::string name,
                                                          StopDescriptor stop);

  /// Reads some text. A failure is a sentence that names the file; after one there is nothing more.
  base::Expected<Piece, std::string> read(std::span<char> into);

  /// How much of the file, as it lies on the disk, has been read.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

  /// Whether the file is not compressed, as far as has been read.
  [[nodiscard]] bool is_plain() const { return !decoder_; }

  /// Whether it is a file that somebody has open for writing at this moment; also where that cannot be told.
  /// A pipe is not.
  [[nodiscard]] bool is_being_written() const;

  [[nodiscard]] int descriptor() const { return descriptor_.number(); }

 private:
  TextFile() = default;

  base::Expected<Piece, std::string> read_raw(std::span<char> into);
  base::Expected<Piece, std::string> fill_raw();
  base::Expected<bool, std::string> find_encoding();
  base::Expected<Piece, std::string> read_plain(std::span<char> into);
  base::Expected<Piece, std::string> read_compressed(std::span<char> into);

  engine::Descriptor descriptor_;
  std::string name_;
  StopDescriptor stop_;
  std::optional<std::chrono::milliseconds> patience_;
  bool is_regular_ = false;
  std::uint64_t bytes_read_ = 0;
  std::optional<Encoding> encoding_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<char> raw_;  // what was read from the file and is not yet text: from raw_begin_ to raw_end_
  std::size_t raw_begin_ = 0;
  std::size_t raw_end_ = 0;
  bool raw_is_all_ = false;
};

}  // namespace hourglass::cli
