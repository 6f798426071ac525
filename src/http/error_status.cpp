#include "http/error_status.hpp"

namespace hourglass::http {

int status_of(base::ErrorCode code) {
  using base::ErrorCode;
  switch (code) {
    case ErrorCode::missing_timestamp:
    case ErrorCode::invalid_timestamp:
    case ErrorCode::timestamp_out_of_range:
    case ErrorCode::hour_frozen:
    case ErrorCode::missing_user:
    case ErrorCode::invalid_user:
    case ErrorCode::missing_event:
    case ErrorCode::ambiguous_event:
    case ErrorCode::invalid_event:
    case ErrorCode::duplicate_parameter:
    case ErrorCode::invalid_parameter:
    case ErrorCode::invalid_escape:
    case ErrorCode::invalid_idempotency_key:
    case ErrorCode::invalid_json:
    case ErrorCode::invalid_body:
    case ErrorCode::malformed_request: return 400;
    case ErrorCode::forbidden: return 403;
    case ErrorCode::not_found: return 404;
    case ErrorCode::method_not_allowed: return 405;
    case ErrorCode::request_timeout: return 408;
    case ErrorCode::body_too_large: return 413;
    case ErrorCode::target_too_long: return 414;
    case ErrorCode::unsupported_encoding: return 415;
    case ErrorCode::headers_too_large: return 431;
    case ErrorCode::overloaded:
    case ErrorCode::storage_full:
    case ErrorCode::store_unavailable:
    case ErrorCode::hour_damaged:
    case ErrorCode::cold_store_behind:
    case ErrorCode::deadline_exceeded:
    case ErrorCode::shutting_down: return 503;
    case ErrorCode::outcome_unknown: return 504;
  }
  return 500;
}

}  // namespace hourglass::http
