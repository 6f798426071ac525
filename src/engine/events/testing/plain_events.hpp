#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/events/event_file.hpp"

namespace hourglass::engine {

/// An event that owns its user's name.
struct PlainKeptEvent {
  std::uint64_t sequence;
  std::uint64_t timestamp;
  core::Kind kind;
  std::string user;

  [[nodiscard]] KeptEvent kept() const {
    return {Sequence{sequence}, core::Timestamp{timestamp}, kind, user};
  }

  friend bool operator==(const PlainKeptEvent&, const PlainKeptEvent&) = default;
};

/// What an event file is to hold, by a plain second implementation: hour -> events in the order of
/// acceptance.
using PlainHours = std::map<std::uint64_t, std::vector<PlainKeptEvent>>;

PlainHours by_hour(const std::vector<PlainKeptEvent>& events);

/// Everything a file gives away, of which each way of reading it has to say the same; a failure as it came.
StoreResult<PlainHours> read_plain(const EventFile& file);

/// The events of one hour.
StoreResult<std::vector<PlainKeptEvent>> read_plain_hour(const EventFile& file, std::uint64_t hour);

}  // namespace hourglass::engine
