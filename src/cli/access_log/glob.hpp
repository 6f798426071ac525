#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hourglass::cli {

/// A pattern for the whole of a text: `*` stands for any bytes, `?` for one byte, everything else for itself.
/// Matching takes at most the length of the text times that of the pattern, whatever is in them. Immutable;
/// any thread.
class Glob {
 public:
  enum class Case : std::uint8_t { distinguished, ignored };  // of ASCII letters

  Glob(std::string_view pattern, Case letters);

  [[nodiscard]] bool matches(std::string_view text) const;
  [[nodiscard]] const std::string& pattern() const { return pattern_; }

 private:
  [[nodiscard]] bool fits(char wanted, char byte) const;

  std::string pattern_;  // in lower case where case is ignored; never two stars in a row
  Case letters_;
  bool literal_;  // without wildcards
};

/// `byte` in lower case, if it is a letter of ASCII.
inline char lower_case(char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte;
}

}  // namespace hourglass::cli
