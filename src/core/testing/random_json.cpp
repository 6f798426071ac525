#include "core/testing/random_json.hpp"

#include <array>
#include <string_view>

namespace hourglass::core {
namespace {

template <std::size_t Count>
std::string one_of(std::mt19937_64& random, const std::array<std::string_view, Count>& choices) {
  return std::string(choices[random() % Count]);
}

std::string random_digits(std::mt19937_64& random) {
  std::string digits;
  for (std::size_t i = 1 + random() % (random() % 8 == 0 ? 40 : 4); i > 0; --i)
    digits += static_cast<char>('0' + random() % 10);
  return digits;
}

std::string random_number(std::mt19937_64& random) {
  std::string number = random() % 2 == 0 ? "-" : "";
  number += random() % 4 == 0 ? "0" : std::to_string(1 + random() % 9) + random_digits(random);
  if (random() % 3 == 0)
    number += "." + random_digits(random);
  if (random() % 3 == 0)
    number += one_of<6>(random, {"e", "E", "e+", "e-", "E+", "E-"}) + random_digits(random);
  return number;
}

template <typename Element>
std::string random_list(std::mt19937_64& random, char open, char close, Element element) {
  std::string list(1, open);
  list += random_white_space(random);
  for (std::size_t i = random() % 4; i > 0; --i) {
    list += element() + random_white_space(random);
    if (i > 1)
      list += "," + random_white_space(random);
  }
  return list + close;
}

}  // namespace

std::string random_white_space(std::mt19937_64& random) {
  return one_of<8>(random, {"", "", "", "", " ", "\t", "\r", "  \n "});
}

std::string random_json_string(std::mt19937_64& random) {
  std::string text = "\"";
  for (std::size_t i = random() % (random() % 16 == 0 ? 100 : 5); i > 0; --i)
    text += one_of<16>(random, {"a", "b", "user", "{", "]", ":", ",", "\\\"", "\\\\", "\\u0041",
                                "\\ud83d\\ude00", "\\n", "ä", "€", "😀", "\x7f"});
  return text + '"';
}

std::string random_json(std::mt19937_64& random, int levels) {
  switch (random() % (levels > 0 ? 7 : 5)) {
    case 0: return random_number(random);
    case 1: return random_json_string(random);
    case 2: return one_of<3>(random, {"true", "false", "null"});
    case 3: return random_number(random);
    case 4: return random_json_string(random);
    case 5: return random_list(random, '[', ']', [&] { return random_json(random, levels - 1); });
    default:
      return random_list(random, '{', '}', [&] {
        std::string member = random_json_string(random) + random_white_space(random) + ":";
        member += random_white_space(random) + random_json(random, levels - 1);
        return member;
      });
  }
}

void damage(std::mt19937_64& random, std::string& text) {
  constexpr std::string_view kTelling = "{}[]:,\"\\u0019aeE+-. \ttrufalsn\x01\x0c\x1a\x80\xc3\xed\xff";
  for (std::size_t edits = 1 + random() % 3; edits > 0 && !text.empty(); --edits) {
    const std::size_t at = random() % text.size();
    const char byte = random() % 4 == 0 ? static_cast<char>(random()) : kTelling[random() % kTelling.size()];
    switch (random() % 4) {
      case 0: text[at] = byte; break;
      case 1: text.insert(at, 1, byte); break;
      case 2: text.erase(at, 1); break;
      default: text.insert(at, text.substr(random() % text.size(), random() % 8)); break;
    }
  }
}

}  // namespace hourglass::core
