#include "cli/access_log/word_search.hpp"

#include <deque>

#include "cli/access_log/glob.hpp"

namespace hourglass::cli {

namespace {

constexpr std::uint8_t unsigned_byte(char byte) {
  return static_cast<std::uint8_t>(byte);
}

}  // namespace

WordSearch::State WordSearch::add(std::string_view word) {
  State state = 0;
  for (const char byte : word) {
    const std::uint8_t letter = letter_of_[unsigned_byte(byte)];
    if (next(state, letter) == 0) {
      const auto fresh = static_cast<State>(next_.size() / letters_);
      next_.resize(next_.size() + letters_, 0);
      next(state, letter) = fresh;
    }
    state = next(state, letter);
  }
  return state;
}

WordSearch::WordSearch(const std::vector<std::string_view>& words,
                       const std::vector<std::string_view>& exceptions) {
  for (const auto* list : {&words, &exceptions}) {
    for (const std::string_view word : *list) {
      for (const char byte : word) {
        if (letter_of_[unsigned_byte(byte)] == 0)
          letter_of_[unsigned_byte(byte)] = static_cast<std::uint8_t>(letters_++);
      }
    }
  }
  next_.assign(letters_, 0);
  enum class End : std::uint8_t { none, word, exception };
  std::vector<End> ends;
  const auto add_all = [&](const std::vector<std::string_view>& list, End end) {
    for (const std::string_view word : list) {
      const State state = add(word);
      ends.resize(next_.size() / letters_, End::none);
      ends[state] = end;
    }
  };
  add_all(words, End::word);
  add_all(exceptions, End::exception);

  // Level by level: where a state has no way on, it goes on as the longest proper end of what it stands for
  // does.
  std::vector<State> shorter(ends.size(), 0);
  std::deque<State> waiting = {0};
  for (; !waiting.empty(); waiting.pop_front()) {
    const State state = waiting.front();
    for (std::size_t letter = 1; letter < letters_; ++letter) {
      const State fallback = state == 0 ? State{0} : next(shorter[state], letter);
      const State child = next(state, letter);
      if (child == 0) {
        next(state, letter) = fallback;
        continue;
      }
      shorter[child] = fallback;
      if (ends[child] == End::none)
        ends[child] = ends[fallback];
      waiting.push_back(child);
    }
  }
  for (State& state : next_) {
    if (ends[state] == End::word)
      state = kFound;
  }
  // Upper case letters are the lower case ones.
  for (int byte = 'A'; byte <= 'Z'; ++byte)
    letter_of_[static_cast<std::size_t>(byte)] =
        letter_of_[unsigned_byte(lower_case(static_cast<char>(byte)))];
}

bool WordSearch::finds_in(std::string_view text) const {
  State state = 0;
  for (const char byte : text) {
    state = next_[state * letters_ + letter_of_[unsigned_byte(byte)]];
    if (state == kFound)
      return true;
  }
  return false;
}

}  // namespace hourglass::cli
