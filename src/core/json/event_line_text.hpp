#pragma once

#include <string>
#include <string_view>

#include "core/event.hpp"

namespace hourglass::core {

/// Appends an event as a line of NDJSON with the LF that ends it: what EventLineParser reads, what
/// `POST /analytics/batch` takes and what an export holds. `user` is the name of a user in valid UTF-8; `id`
/// is visible ASCII, and left out when empty.
void append_event_line(std::string& out, Timestamp timestamp, std::string_view user, Kind kind,
                       std::string_view id);

}  // namespace hourglass::core
