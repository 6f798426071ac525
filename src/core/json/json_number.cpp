#include "core/json/json_number.hpp"

#include <cstddef>

namespace hourglass::core {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes one or more digits off the front; false if there is none.
bool take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count]))
    ++count;
  text.remove_prefix(count);
  return count > 0;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected)
    return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool is_json_number(std::string_view text) {
  take(text, '-');
  if (!take(text, '0') && !take_digits(text))
    return false;
  if (take(text, '.') && !take_digits(text))
    return false;
  if (take(text, 'e') || take(text, 'E')) {
    if (!take(text, '+'))
      take(text, '-');
    if (!take_digits(text))
      return false;
  }
  return text.empty();
}

}  // namespace hourglass::core
