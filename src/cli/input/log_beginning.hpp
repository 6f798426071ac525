#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hourglass::cli {

/// So much of its beginning tells one generation of a log from the others: lines of a log name their time.
inline constexpr std::size_t kBeginningBytes = 1024;

/// What a generation of a log is known by, whatever it is renamed to and however it is compressed: how its
/// text begins. A log that is shorter is known by all of it.
struct LogBeginning {
  std::uint64_t length = 0;  // kBeginningBytes at most
  std::uint64_t hash = 0;    // XXH3 of so many bytes

  static LogBeginning of(std::string_view text);

  /// Whether a text begins like this. Every text begins like an empty one.
  [[nodiscard]] bool begins(std::string_view text) const;

  friend bool operator==(const LogBeginning&, const LogBeginning&) = default;
};

/// The first kBeginningBytes of an open file, less where it is shorter or cannot be read.
std::string read_beginning(int descriptor);

}  // namespace hourglass::cli
