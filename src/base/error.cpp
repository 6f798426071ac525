#include "base/error.hpp"

namespace hourglass::base {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::missing_timestamp: return "missing_timestamp";
    case ErrorCode::invalid_timestamp: return "invalid_timestamp";
    case ErrorCode::timestamp_out_of_range: return "timestamp_out_of_range";
    case ErrorCode::hour_frozen: return "hour_frozen";
    case ErrorCode::missing_user: return "missing_user";
    case ErrorCode::invalid_user: return "invalid_user";
    case ErrorCode::missing_event: return "missing_event";
    case ErrorCode::ambiguous_event: return "ambiguous_event";
    case ErrorCode::invalid_event: return "invalid_event";
    case ErrorCode::duplicate_parameter: return "duplicate_parameter";
    case ErrorCode::invalid_parameter: return "invalid_parameter";
    case ErrorCode::invalid_escape: return "invalid_escape";
    case ErrorCode::invalid_idempotency_key: return "invalid_idempotency_key";
    case ErrorCode::invalid_json: return "invalid_json";
    case ErrorCode::invalid_body: return "invalid_body";
    case ErrorCode::malformed_request: return "malformed_request";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::method_not_allowed: return "method_not_allowed";
    case ErrorCode::request_timeout: return "request_timeout";
    case ErrorCode::body_too_large: return "body_too_large";
    case ErrorCode::target_too_long: return "target_too_long";
    case ErrorCode::unsupported_encoding: return "unsupported_encoding";
    case ErrorCode::headers_too_large: return "headers_too_large";
    case ErrorCode::overloaded: return "overloaded";
    case ErrorCode::storage_full: return "storage_full";
    case ErrorCode::store_unavailable: return "store_unavailable";
    case ErrorCode::hour_damaged: return "hour_damaged";
    case ErrorCode::cold_store_behind: return "cold_store_behind";
    case ErrorCode::deadline_exceeded: return "deadline_exceeded";
    case ErrorCode::shutting_down: return "shutting_down";
    case ErrorCode::outcome_unknown: return "outcome_unknown";
  }
  return "unknown";
}

}  // namespace hourglass::base
