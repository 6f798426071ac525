#include "cli/access_log/glob.hpp"

namespace hourglass::cli {

Glob::Glob(std::string_view pattern, Case letters) : letters_(letters) {
  for (const char byte : pattern) {
    if (byte == '*' && pattern_.ends_with('*'))
      continue;
    pattern_ += letters == Case::ignored ? lower_case(byte) : byte;
  }
  literal_ = pattern_.find_first_of("*?") == std::string::npos;
}

bool Glob::fits(char wanted, char byte) const {
  return wanted == '?' || wanted == (letters_ == Case::ignored ? lower_case(byte) : byte);
}

bool Glob::matches(std::string_view text) const {
  if (literal_ && letters_ == Case::distinguished)
    return text == pattern_;
  // Only the last star seen needs to be tried anew with more bytes: what the ones before it took is as good
  // as anything else that they could have taken.
  std::size_t at = 0;
  std::size_t wanted = 0;
  std::size_t behind_star = std::string::npos;
  std::size_t star_ends = 0;
  while (at < text.size()) {
    if (wanted < pattern_.size() && pattern_[wanted] == '*') {
      behind_star = ++wanted;
      star_ends = at;
      if (behind_star == pattern_.size())
        return true;
    } else if (wanted < pattern_.size() && fits(pattern_[wanted], text[at])) {
      ++wanted;
      ++at;
    } else if (behind_star != std::string::npos) {
      wanted = behind_star;
      at = ++star_ends;
    } else {
      return false;
    }
  }
  if (wanted < pattern_.size() && pattern_[wanted] == '*')
    ++wanted;
  return wanted == pattern_.size();
}

}  // namespace hourglass::cli
