#pragma once

#include <string>
#include <string_view>

#include "core/event.hpp"

namespace hourglass::core {

/// An event as it is written out. The views outlive the call only.
struct EventText {
  Timestamp timestamp;
  std::string_view user;  // as User has it
  Kind kind;
  std::string_view id;  // as IdempotencyKey has it; empty: the event has none
};

/// Writes an event behind what is in `out` already, as a line that EventLineParser reads back, with its end:
/// the members timestamp, user, event and, if there is one, id, in this order and without spaces.
void append_event_line(std::string& out, const EventText& event);

}  // namespace hourglass::core
