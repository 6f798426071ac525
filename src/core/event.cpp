#include "core/event.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/utf8.hpp"

namespace hourglass::core {

using base::ErrorCode;
using base::fail;

namespace {

constexpr std::size_t kMaxTimestampDigits = 20;

bool is_visible_ascii(char byte) {
  return byte >= 0x21 && byte <= 0x7E;
}

}  // namespace

base::Result<User> User::from_bytes(std::string bytes) {
  if (bytes.empty())
    return fail(ErrorCode::invalid_user, "user is empty");
  if (bytes.size() > kMaxBytes)
    return fail(ErrorCode::invalid_user, "user is longer than 256 bytes");
  if (bytes.find('\0') != std::string::npos)
    return fail(ErrorCode::invalid_user, "user contains a NUL byte");
  if (!is_valid_utf8(bytes))
    return fail(ErrorCode::invalid_user, "user is not valid UTF-8");
  return User(std::move(bytes));
}

base::Result<IdempotencyKey> IdempotencyKey::from_text(std::string text, std::size_t longest) {
  if (text.empty() || text.size() > longest)
    return fail(ErrorCode::invalid_idempotency_key,
                "an idempotency key has 1 to " + std::to_string(longest) + " bytes");
  if (!std::all_of(text.begin(), text.end(), is_visible_ascii))
    return fail(ErrorCode::invalid_idempotency_key,
                "an idempotency key consists of visible ASCII characters");
  return IdempotencyKey(std::move(text));
}

IdempotencyKey IdempotencyKey::of_line(const IdempotencyKey& batch, std::uint64_t line) {
  return IdempotencyKey(batch.text_ + '#' + std::to_string(line));
}

base::Result<Timestamp> parse_timestamp(std::string_view digits) {
  const bool all_digits =
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits.empty() || digits.size() > kMaxTimestampDigits || !all_digits)
    return fail(ErrorCode::invalid_timestamp, "timestamp is not 1 to 20 decimal digits");
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc{} || Timestamp{value} > kMaxTimestamp)
    return fail(ErrorCode::timestamp_out_of_range, "timestamp is later than 253402300799999");
  return Timestamp{value};
}

}  // namespace hourglass::core
