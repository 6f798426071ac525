#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "core/event.hpp"
#include "core/event_limits.hpp"
#include "core/hour_range.hpp"
#include "ports/event_store.hpp"

namespace hourglass::http {

/// The Idempotency-Key headers of a request.
struct KeyHeader {
  std::size_t count = 0;
  std::string_view value;  // of the first
};

/// What `GET /analytics` asks for.
struct ReadQuery {
  core::Hour hour;
  ports::Consistency consistency = ports::Consistency::fast;
};

/// Reads the event of `POST /analytics` out of its query string. Fails with the first fault of timestamp,
/// user, event and key; `limits` are seen from `now`.
base::Result<core::Event> parse_event_query(std::string_view query, const KeyHeader& header,
                                            const core::EventLimits& limits, core::Timestamp now);

/// Reads the query of `GET /analytics`. Fails with the first fault of timestamp and consistency.
base::Result<ReadQuery> parse_read_query(std::string_view query);

/// Reads the hours that `GET /analytics/events` asks for. Fails with the first fault of from and to.
base::Result<core::HourRange> parse_export_query(std::string_view query);

/// The key that a batch names its lines by, if its headers hold one.
base::Result<std::optional<core::IdempotencyKey>> parse_key_header(const KeyHeader& header);

}  // namespace hourglass::http
