#include "core/testing/plain_json.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/utf8.hpp"

namespace hourglass::core {
namespace {

constexpr int kMaxDepth = 64;

/// A recursive-descent reader in which every rule of the grammar is one function.
class PlainJson {
 public:
  explicit PlainJson(std::string_view text) : rest_(text) {}

  bool read_document() {
    skip_white_space();
    if (!object(1))
      return false;
    skip_white_space();
    return rest_.empty();
  }

 private:
  void skip_white_space() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
      rest_.remove_prefix(1);
  }

  bool take(std::string_view token) {
    if (!rest_.starts_with(token))
      return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool value(int depth) {
    skip_white_space();
    if (rest_.empty())
      return false;
    switch (rest_.front()) {
      case '{': return object(depth + 1);
      case '[': return array(depth + 1);
      case '"': return string();
      case 't': return take("true");
      case 'f': return take("false");
      case 'n': return take("null");
      default: return number();
    }
  }

  bool object(int depth) {
    if (depth > kMaxDepth || !take("{"))
      return false;
    skip_white_space();
    if (take("}"))
      return true;
    do {
      skip_white_space();
      if (!string())
        return false;
      skip_white_space();
      if (!take(":") || !value(depth))
        return false;
      skip_white_space();
    } while (take(","));
    return take("}");
  }

  bool array(int depth) {
    if (depth > kMaxDepth || !take("["))
      return false;
    skip_white_space();
    if (take("]"))
      return true;
    do {
      if (!value(depth))
        return false;
      skip_white_space();
    } while (take(","));
    return take("]");
  }

  bool digits() {
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(end);
    return end > 0;
  }

  bool number() {
    take("-");
    if (!take("0") && !digits())
      return false;
    if (take(".") && !digits())
      return false;
    if (!take("e") && !take("E"))
      return true;
    if (!take("+"))
      take("-");
    return digits();
  }

  bool string() {
    if (!take("\""))
      return false;
    while (!rest_.empty() && rest_.front() != '"') {
      if (static_cast<unsigned char>(rest_.front()) < 0x20)
        return false;
      if (!(rest_.front() == '\\' ? escape() : take(rest_.substr(0, 1))))
        return false;
    }
    return take("\"");
  }

  bool escape() {
    const unsigned unit = hex_escape();
    if (unit < 0xD800 || (unit > 0xDFFF && unit < 0x10000))
      return true;
    if (unit <= 0xDBFF) {
      const unsigned second = hex_escape();
      return second >= 0xDC00 && second <= 0xDFFF;
    }
    if (unit <= 0xDFFF || rest_.size() < 2)
      return false;
    const bool known = std::string_view("\"\\/bfnrt").find(rest_[1]) != std::string_view::npos;
    rest_.remove_prefix(2);
    return known;
  }

  /// The number of a \uXXXX, or a number above all of them if there is none.
  unsigned hex_escape() {
    if (rest_.size() < 6 || !rest_.starts_with("\\u"))
      return 0x10000;
    const std::string digits(rest_.substr(2, 4));
    if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
      return 0x10000;
    rest_.remove_prefix(6);
    return static_cast<unsigned>(std::strtoul(digits.c_str(), nullptr, 16));
  }

  std::string_view rest_;
};

}  // namespace

bool is_plain_json_object(std::string_view text) {
  return is_valid_utf8(text) && PlainJson(text).read_document();
}

}  // namespace hourglass::core
