#include "http/chunked_body.hpp"

#include <algorithm>
#include <limits>

#include "base/hexadecimal.hpp"
#include "http/request_bytes.hpp"

namespace hourglass::http {
namespace {

constexpr std::size_t kMaxSizeDigits = 16;

}  // namespace

ChunkedBody::Step ChunkedBody::next(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && state_ < State::done) {
    if (state_ == State::data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, input.size() - at));
      chunk_left_ -= size;
      if (chunk_left_ == 0)
        state_ = State::data_cr;
      return {at + size, input.substr(at, size), Status::more};
    }
    take(input[at++]);
  }
  if (state_ == State::malformed)
    return {at, {}, Status::malformed};
  return {at, {}, state_ == State::done ? Status::done : Status::more};
}

void ChunkedBody::take(char byte) {
  switch (state_) {
    case State::size_first:
    case State::size: return take_size_digit(byte);
    case State::before_extension:
    case State::extension: return take_after_size(byte);
    case State::size_lf:
      if (byte != '\n') {
        state_ = State::malformed;
        return;
      }
      return end_size_line();
    case State::data_cr: return expect('\r', byte, State::data_lf);
    case State::data_lf: return expect('\n', byte, State::size_first);
    case State::last_lf: return expect('\n', byte, State::done);
    default: return take_trailer(byte);
  }
}

void ChunkedBody::take_size_digit(char byte) {
  const int digit = base::hex_digit(byte);
  if (digit < 0) {
    state_ = state_ == State::size ? State::before_extension : State::malformed;
    if (state_ == State::before_extension)
      take_after_size(byte);
    return;
  }
  if (state_ == State::size_first) {
    digits_ = 0;
    chunk_left_ = 0;
    state_ = State::size;
  }
  chunk_left_ = chunk_left_ * 16 + static_cast<std::uint64_t>(digit);
  if (++digits_ > kMaxSizeDigits)
    state_ = State::malformed;
}

void ChunkedBody::take_after_size(char byte) {
  const bool in_extension = state_ == State::extension;
  if (byte == '\r' && (in_extension || digits_ > 0)) {
    state_ = State::size_lf;
    return;
  }
  if (in_extension)
    state_ = is_of(byte, value_byte) ? State::extension : State::malformed;
  else if (byte == ';')
    state_ = State::extension;
  else if (byte == ' ' || byte == '\t')
    digits_ = 0;  // white space may only stand before an extension
  else
    state_ = State::malformed;
  count_overhead(kMaxExtensionBytes);
}

void ChunkedBody::end_size_line() {
  overhead_ = 0;
  announced_ = chunk_left_ > std::numeric_limits<std::uint64_t>::max() - announced_
                   ? std::numeric_limits<std::uint64_t>::max()
                   : announced_ + chunk_left_;
  state_ = chunk_left_ == 0 ? State::trailer_start : State::data;
}

void ChunkedBody::take_trailer(char byte) {
  count_overhead(kMaxTrailerBytes);
  if (state_ == State::malformed)
    return;
  if (state_ == State::trailer_start) {
    if (byte == '\r')
      state_ = State::last_lf;
    else
      state_ = is_of(byte, token_byte) ? State::trailer_name : State::malformed;
  } else if (state_ == State::trailer_name) {
    if (byte == ':')
      state_ = State::trailer_value;
    else if (!is_of(byte, token_byte))
      state_ = State::malformed;
  } else if (state_ == State::trailer_value) {
    if (byte == '\r')
      state_ = State::trailer_lf;
    else if (!is_of(byte, value_byte))
      state_ = State::malformed;
  } else {
    expect('\n', byte, State::trailer_start);
  }
}

void ChunkedBody::count_overhead(std::size_t max_bytes) {
  if (++overhead_ > max_bytes)
    state_ = State::malformed;
}

}  // namespace hourglass::http
