#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hourglass::base {

/// What went wrong, independent of any protocol. The names are the stable `code` of an error answer;
/// what a code becomes at an edge (an HTTP status, an exit code) is decided at that edge.
enum class ErrorCode : std::uint8_t {
  // What a client sent cannot be accepted, and never will be.
  missing_timestamp,
  invalid_timestamp,
  timestamp_out_of_range,
  hour_frozen,
  missing_user,
  invalid_user,
  missing_event,
  ambiguous_event,
  invalid_event,
  duplicate_parameter,
  invalid_parameter,
  invalid_escape,
  invalid_idempotency_key,
  invalid_json,
  invalid_body,
  malformed_request,
  forbidden,
  not_found,
  method_not_allowed,
  request_timeout,
  body_too_large,
  target_too_long,
  unsupported_encoding,
  headers_too_large,
  // The service cannot take it now; nothing was counted, and it can be sent again.
  overloaded,
  storage_full,
  store_unavailable,
  hour_damaged,
  cold_store_behind,
  deadline_exceeded,
  shutting_down,
  // The event may or may not be counted; sending it again is safe with the same Idempotency-Key.
  outcome_unknown,
};

inline constexpr std::size_t kErrorCodeCount = static_cast<std::size_t>(ErrorCode::outcome_unknown) + 1;

/// The stable name of a code, as it stands in error answers and metrics.
std::string_view to_string(ErrorCode code);

/// A failure as a value: a code for programs and a sentence for people. The sentence never holds a
/// user's name or a request target.
struct Error {
  ErrorCode code;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace hourglass::base
