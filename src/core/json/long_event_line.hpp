#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hourglass::core {

/// A line that is too long to be kept, since only a small part of it can matter: takes it as it comes, checks
/// that it is one JSON object, and keeps what an event is made from. Belongs to one line; one thread at a
/// time.
class LongEventLine {
 public:
  /// Takes the next bytes of the line.
  void append(std::string_view bytes);

  /// A short line that EventLineParser reads as it would have read all that was appended.
  [[nodiscard]] std::string shortened() const;

 private:
  static constexpr std::size_t kMaxDepth = 64;
  static constexpr std::array<std::string_view, 4> kNames = {"timestamp", "user", "event", "id"};
  static constexpr std::size_t kOtherName = kNames.size();

  enum class State : std::uint8_t {
    start,
    name_or_end,
    name,
    colon,
    value_or_end,
    value,
    behind_value,
    string,
    escape,
    hex_digit,
    low_surrogate,
    low_surrogate_u,
    literal,
    minus,
    zero,
    digits,
    point,
    fraction,
    exponent,
    exponent_sign,
    exponent_digits,
    done,
    invalid,
  };

  void take(char byte);
  void take_structure(char byte);
  void take_value(char byte);
  void take_escape(char byte);
  void take_hex_digit(char byte);
  void take_number(char byte);
  void take_text(std::string_view& bytes);
  void take_byte_above_ascii(std::uint8_t byte);
  void open(bool is_object);
  void close(bool is_object);
  void begin_name();
  void begin_value();
  void end_string();
  void end_value();
  void keep(std::string_view bytes);
  void add_to_name(std::string_view text);
  [[nodiscard]] bool keeps() const { return depth_ == 1 && !in_name_ && member_ != kOtherName; }

  State state_ = State::start;
  std::bitset<kMaxDepth + 1> objects_;  // which of the open brackets are those of objects
  std::size_t depth_ = 0;
  bool in_name_ = false;
  std::string_view literal_left_;
  unsigned code_unit_ = 0;
  unsigned hex_digits_left_ = 0;
  bool wants_low_surrogate_ = false;
  unsigned continuation_bytes_ = 0;  // that the character still needs
  std::uint8_t continuation_min_ = 0;
  std::uint8_t continuation_max_ = 0;

  std::string name_;  // unescaped, as far as it can be one of kNames
  std::size_t member_ = kOtherName;
  std::string value_;  // of that member
  bool is_value_cut_ = false;
  std::array<std::size_t, kNames.size()> occurrences_{};
  std::string members_;  // of the short line
};

}  // namespace hourglass::core
