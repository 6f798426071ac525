#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hourglass::cli {

/// Looks for any of many words in a text, upper and lower case of ASCII letters being the same, in one pass
/// over it (Aho and Corasick, 1975). Immutable; any thread.
class WordSearch {
 public:
  /// Words in lower case. One of `words` does not count where it ends one of `exceptions`.
  WordSearch(const std::vector<std::string_view>& words, const std::vector<std::string_view>& exceptions);

  [[nodiscard]] bool finds_in(std::string_view text) const;

 private:
  using State = std::uint16_t;

  static constexpr State kFound = 0xFFFF;

  State add(std::string_view word);
  [[nodiscard]] State& next(State state, std::size_t letter) { return next_[state * letters_ + letter]; }

  std::array<std::uint8_t, 256> letter_of_{};  // 0: in none of the words
  std::size_t letters_ = 1;
  std::vector<State> next_;  // for each state a row of letters
};

}  // namespace hourglass::cli
