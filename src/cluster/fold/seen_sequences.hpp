#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::cluster {

/// Which sequences of one producer have occurred: all up to the highest, but for some ranges. Producers
/// number records before they queue them, so a lower one may come behind a higher one; brokers may append a
/// record twice. A value.
class SeenSequences {
 public:
  /// Normally there is none. Where a record would make one more, the lowest range counts as seen.
  static constexpr std::size_t kMostMissingRanges = 256;

  struct Range {
    std::uint64_t first;
    std::uint64_t last;

    friend bool operator==(const Range&, const Range&) = default;
  };

  SeenSequences() = default;

  /// Notes that it has occurred; false if it had before.
  bool mark(std::uint64_t sequence);

  /// `highest` alone, or followed by the missing ranges: "17:3-5,9-9".
  [[nodiscard]] std::string text() const;
  static std::optional<SeenSequences> from_text(std::string_view text);

  [[nodiscard]] std::uint64_t highest() const { return highest_; }
  [[nodiscard]] const std::vector<Range>& missing() const { return missing_; }

  friend bool operator==(const SeenSequences&, const SeenSequences&) = default;

 private:
  bool fill(std::uint64_t sequence);

  std::uint64_t highest_ = 0;
  std::vector<Range> missing_;  // ascending, apart from each other
};

}  // namespace hourglass::cluster
