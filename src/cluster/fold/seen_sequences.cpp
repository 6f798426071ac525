#include "cluster/fold/seen_sequences.hpp"

#include <algorithm>
#include <charconv>

namespace hourglass::cluster {
namespace {

/// Takes a number from the beginning of the text.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{})
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected)
    return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool SeenSequences::mark(std::uint64_t sequence) {
  if (sequence <= highest_)
    return fill(sequence);
  if (sequence > highest_ + 1) {
    missing_.push_back({highest_ + 1, sequence - 1});
    if (missing_.size() > kMostMissingRanges)
      missing_.erase(missing_.begin());
  }
  highest_ = sequence;
  return true;
}

/// Takes it out of the missing ones; false if it was not among them.
bool SeenSequences::fill(std::uint64_t sequence) {
  const auto range = std::find_if(missing_.begin(), missing_.end(),
                                  [&](const Range& candidate) { return candidate.last >= sequence; });
  if (range == missing_.end() || range->first > sequence)
    return false;
  const Range below{range->first, sequence - 1};
  const Range above{sequence + 1, range->last};
  const bool has_below = range->first < sequence;
  const bool has_above = sequence < range->last;
  if (has_below && has_above) {
    *range = above;
    missing_.insert(range, below);
    if (missing_.size() > kMostMissingRanges)
      missing_.erase(missing_.begin());
  } else if (has_below || has_above) {
    *range = has_below ? below : above;
  } else {
    missing_.erase(range);
  }
  return true;
}

std::string SeenSequences::text() const {
  std::string text = std::to_string(highest_);
  for (std::size_t index = 0; index < missing_.size(); ++index) {
    text += index == 0 ? ':' : ',';
    text += std::to_string(missing_[index].first) + '-' + std::to_string(missing_[index].last);
  }
  return text;
}

std::optional<SeenSequences> SeenSequences::from_text(std::string_view text) {
  SeenSequences seen;
  const auto highest = take_number(text);
  if (!highest)
    return std::nullopt;
  seen.highest_ = *highest;
  std::uint64_t lowest_possible = 1;
  for (char separator = ':'; !text.empty(); separator = ',') {
    if (!take(text, separator))
      return std::nullopt;
    const auto first = take_number(text);
    const bool has_dash = take(text, '-');
    const auto last = take_number(text);
    if (!first || !has_dash || !last || *first < lowest_possible || *last < *first || *last >= *highest)
      return std::nullopt;
    seen.missing_.push_back({*first, *last});
    lowest_possible = *last + 2;
  }
  return seen.missing_.size() <= kMostMissingRanges ? std::optional(std::move(seen)) : std::nullopt;
}

}  // namespace hourglass::cluster
