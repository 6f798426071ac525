#include "core/event_limits.hpp"

#include <string>

namespace hourglass::core {

using base::ErrorCode;
using base::fail;

namespace {

std::uint64_t milliseconds(std::chrono::milliseconds duration) {
  return static_cast<std::uint64_t>(duration.count());
}

}  // namespace

base::Result<void> EventLimits::check(Timestamp timestamp, Timestamp now) const {
  if (timestamp > last)
    return fail(ErrorCode::timestamp_out_of_range, "timestamp is later than " + std::to_string(last.value()) +
                                                       ", the last that the store can name");
  if (max_past && timestamp < now && now.value() - timestamp.value() > milliseconds(*max_past))
    return fail(ErrorCode::timestamp_out_of_range, "timestamp lies further in the past than events.max_past");
  if (max_future && timestamp > now && timestamp.value() - now.value() > milliseconds(*max_future))
    return fail(ErrorCode::timestamp_out_of_range,
                "timestamp lies further in the future than events.max_future");
  if (hour_of(timestamp) < first_open_hour)
    return fail(ErrorCode::hour_frozen, "the hour is older than retention.users: nothing can be added to it");
  return {};
}

}  // namespace hourglass::core
