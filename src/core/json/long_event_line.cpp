#include "core/json/long_event_line.hpp"

#include <algorithm>

#include "base/hexadecimal.hpp"
#include "core/event.hpp"

namespace hourglass::core {
namespace {

constexpr std::size_t kLongestName = 9;
constexpr std::size_t kEscapeSize = 6;  // of a code unit, \u0041

/// A string that is longer has more bytes than any part of an event may have, a number more digits.
constexpr std::size_t kLongestValue = User::kMaxBytes * kEscapeSize + 2;

/// No value of a member repeats more often than it takes to see that it does.
constexpr std::size_t kMostOccurrences = 2;

bool is_white_space(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

/// The value of a hexadecimal digit, or one above all of them.
/// What ends a run of characters that stand for themselves.
bool is_plain(char byte) {
  const auto code = static_cast<std::uint8_t>(byte);
  return code >= 0x20 && code < 0x80 && byte != '"' && byte != '\\';
}

}  // namespace

void LongEventLine::append(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::invalid) {
    if (state_ == State::string) {
      take_text(bytes);
    } else {
      take(bytes.front());
      bytes.remove_prefix(1);
    }
  }
}

std::string LongEventLine::shortened() const {
  return state_ == State::done ? "{" + members_ + "}" : "}";
}

void LongEventLine::take(char byte) {
  switch (state_) {
    case State::escape: return take_escape(byte);
    case State::hex_digit: return take_hex_digit(byte);
    case State::low_surrogate:
    case State::low_surrogate_u: {
      const bool is_first = state_ == State::low_surrogate;
      keep({&byte, 1});
      state_ = byte != (is_first ? '\\' : 'u') ? State::invalid
               : is_first                      ? State::low_surrogate_u
                                               : State::hex_digit;
      return;
    }
    case State::literal:
      keep({&byte, 1});
      if (byte != literal_left_.front()) {
        state_ = State::invalid;
        return;
      }
      literal_left_.remove_prefix(1);
      return literal_left_.empty() ? end_value() : void();
    case State::minus:
    case State::zero:
    case State::digits:
    case State::point:
    case State::fraction:
    case State::exponent:
    case State::exponent_sign:
    case State::exponent_digits: return take_number(byte);
    default: return is_white_space(byte) ? void() : take_structure(byte);
  }
}

void LongEventLine::take_structure(char byte) {
  switch (state_) {
    case State::start: return byte == '{' ? open(true) : void(state_ = State::invalid);
    case State::name_or_end:
      if (byte == '}')
        return close(true);
      [[fallthrough]];
    case State::name: return byte == '"' ? begin_name() : void(state_ = State::invalid);
    case State::colon: state_ = byte == ':' ? State::value : State::invalid; return;
    case State::value_or_end:
      if (byte == ']')
        return close(false);
      [[fallthrough]];
    case State::value: return take_value(byte);
    case State::behind_value:
      if (byte == ',')
        state_ = objects_[depth_] ? State::name : State::value;
      else if (byte == '}' || byte == ']')
        close(byte == '}');
      else
        state_ = State::invalid;
      return;
    default: state_ = State::invalid;
  }
}

void LongEventLine::take_value(char byte) {
  begin_value();
  if (byte == '{' || byte == '[') {
    keep("[]");  // of whatever kind: not the one that is wanted
    return open(byte == '{');
  }
  keep({&byte, 1});
  switch (byte) {
    case '"': state_ = State::string; return;
    case 't': literal_left_ = "rue"; break;
    case 'f': literal_left_ = "alse"; break;
    case 'n': literal_left_ = "ull"; break;
    case '-': state_ = State::minus; return;
    case '0': state_ = State::zero; return;
    default: state_ = is_digit(byte) ? State::digits : State::invalid; return;
  }
  state_ = State::literal;
}

void LongEventLine::take_number(char byte) {
  const bool may_have_point = state_ == State::zero || state_ == State::digits;
  const bool may_have_exponent = may_have_point || state_ == State::fraction;
  const bool may_end = may_have_exponent || state_ == State::exponent_digits;
  if (is_digit(byte) && state_ != State::zero) {
    switch (state_) {
      case State::minus: state_ = byte == '0' ? State::zero : State::digits; break;
      case State::point: state_ = State::fraction; break;
      case State::exponent:
      case State::exponent_sign: state_ = State::exponent_digits; break;
      default: break;
    }
  } else if (byte == '.' && may_have_point) {
    state_ = State::point;
  } else if ((byte == 'e' || byte == 'E') && may_have_exponent) {
    state_ = State::exponent;
  } else if ((byte == '+' || byte == '-') && state_ == State::exponent) {
    state_ = State::exponent_sign;
  } else if (may_end) {
    end_value();
    return take(byte);
  } else {
    state_ = State::invalid;
  }
  keep({&byte, 1});
}

void LongEventLine::take_text(std::string_view& bytes) {
  const char byte = bytes.front();
  if (continuation_bytes_ > 0 || static_cast<std::uint8_t>(byte) >= 0x80) {
    keep({&byte, 1});
    take_byte_above_ascii(static_cast<std::uint8_t>(byte));
    bytes.remove_prefix(1);
    return;
  }
  const auto end = std::find_if_not(bytes.begin(), bytes.end(), is_plain);
  const std::string_view plain = bytes.substr(0, static_cast<std::size_t>(end - bytes.begin()));
  keep(plain);
  add_to_name(plain);
  bytes.remove_prefix(plain.size());
  if (!plain.empty())
    return;
  keep({&byte, 1});
  bytes.remove_prefix(1);
  if (byte == '"')
    return end_string();
  state_ = byte == '\\' ? State::escape : State::invalid;
}

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
void LongEventLine::take_byte_above_ascii(std::uint8_t byte) {
  if (continuation_bytes_ > 0) {
    if (byte < continuation_min_ || byte > continuation_max_)
      state_ = State::invalid;
    --continuation_bytes_;
    continuation_min_ = 0x80;
    continuation_max_ = 0xBF;
    return;
  }
  add_to_name({"\0", 1});
  if (byte < 0xC2 || byte > 0xF4)
    state_ = State::invalid;
  continuation_bytes_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  continuation_min_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
  continuation_max_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
}

void LongEventLine::take_escape(char byte) {
  keep({&byte, 1});
  if (byte == 'u') {
    hex_digits_left_ = 4;
    code_unit_ = 0;
    state_ = State::hex_digit;
    return;
  }
  add_to_name({"\0", 1});  // none of the others occurs in a name that is known
  state_ =
      std::string_view("\"\\/bfnrt").find(byte) == std::string_view::npos ? State::invalid : State::string;
}

void LongEventLine::take_hex_digit(char byte) {
  keep({&byte, 1});
  const int value = base::hex_digit(byte);
  if (value < 0) {
    state_ = State::invalid;
    return;
  }
  code_unit_ = code_unit_ * 16 + static_cast<unsigned>(value);
  if (--hex_digits_left_ > 0)
    return;
  hex_digits_left_ = 4;  // of the second half, where one follows
  const bool is_low = code_unit_ >= 0xDC00 && code_unit_ <= 0xDFFF;
  const bool is_high = code_unit_ >= 0xD800 && code_unit_ <= 0xDBFF;
  const char ascii = code_unit_ < 0x80 ? static_cast<char>(code_unit_) : '\0';
  code_unit_ = 0;
  if (is_low != wants_low_surrogate_) {
    state_ = State::invalid;
    return;
  }
  wants_low_surrogate_ = is_high;
  state_ = is_high ? State::low_surrogate : State::string;
  add_to_name({&ascii, 1});
}

void LongEventLine::open(bool is_object) {
  if (depth_ == kMaxDepth) {
    state_ = State::invalid;
    return;
  }
  objects_[++depth_] = is_object;
  state_ = is_object ? State::name_or_end : State::value_or_end;
}

void LongEventLine::close(bool is_object) {
  if (objects_[depth_] != is_object) {
    state_ = State::invalid;
    return;
  }
  if (--depth_ == 0)
    state_ = State::done;
  else
    end_value();
}

void LongEventLine::begin_name() {
  in_name_ = true;
  name_.clear();
  state_ = State::string;
}

void LongEventLine::end_string() {
  if (!in_name_)
    return end_value();
  in_name_ = false;
  state_ = State::colon;
}

void LongEventLine::begin_value() {
  if (depth_ != 1)
    return;
  member_ = static_cast<std::size_t>(std::find(kNames.begin(), kNames.end(), name_) - kNames.begin());
  value_.clear();
  is_value_cut_ = false;
}

void LongEventLine::end_value() {
  state_ = State::behind_value;
  if (!keeps() || ++occurrences_[member_] > kMostOccurrences)
    return;
  constexpr std::size_t kTooManyDigits = 21;
  if (is_value_cut_)
    value_ = value_.front() == '"' ? '"' + std::string(User::kMaxBytes + 1, 'x') + '"'
                                   : std::string(kTooManyDigits, '1');
  members_ += members_.empty() ? "\"" : ",\"";
  members_ += kNames[member_];
  members_ += "\":" + value_;
}

void LongEventLine::keep(std::string_view bytes) {
  if (!keeps() || is_value_cut_)
    return;
  is_value_cut_ = value_.size() + bytes.size() > kLongestValue;
  if (!is_value_cut_)
    value_ += bytes;
}

/// Of one byte more than the longest that is known, so that it cannot be taken for that.
void LongEventLine::add_to_name(std::string_view text) {
  if (in_name_ && depth_ == 1)
    name_ += text.substr(0, kLongestName + 1 - std::min(name_.size(), kLongestName + 1));
}

}  // namespace hourglass::core
