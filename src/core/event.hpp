#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "core/hour.hpp"

namespace hourglass::core {

/// What a user did.
enum class Kind : std::uint8_t { click = 0, impression = 1 };

/// The name of a user: 1 to 256 bytes of valid UTF-8 without NUL. Two users are equal when their bytes are.
class User {
 public:
  static constexpr std::size_t kMaxBytes = 256;

  /// Fails with invalid_user.
  static base::Result<User> from_bytes(std::string bytes);

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  friend bool operator==(const User&, const User&) = default;

 private:
  explicit User(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};

/// What a client names an event by, so that sending it again does not count it again. Visible ASCII (0x21 to
/// 0x7E), 1 to 128 bytes as a client sends it; a key made for the line of a batch may be longer.
class IdempotencyKey {
 public:
  static constexpr std::size_t kMaxBytes = 128;

  /// What of_line() makes of the longest key of a client.
  static constexpr std::size_t kMaxLineBytes = kMaxBytes + 21;

  /// Fails with invalid_idempotency_key.
  static base::Result<IdempotencyKey> from_text(std::string text, std::size_t longest = kMaxBytes);

  /// The key of line number `line` (from 1) of a batch that was sent with the key `batch`: `batch#line`.
  static IdempotencyKey of_line(const IdempotencyKey& batch, std::uint64_t line);

  [[nodiscard]] const std::string& text() const { return text_; }
  friend bool operator==(const IdempotencyKey&, const IdempotencyKey&) = default;

 private:
  explicit IdempotencyKey(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// One thing that one user did at one time.
struct Event {
  Timestamp timestamp;
  User user;
  Kind kind;
  std::optional<IdempotencyKey> key;

  friend bool operator==(const Event&, const Event&) = default;
};

/// Reads 1 to 20 decimal digits, leading zeros allowed. Fails with invalid_timestamp, or
/// timestamp_out_of_range beyond kMaxTimestamp.
base::Result<Timestamp> parse_timestamp(std::string_view digits);

}  // namespace hourglass::core
