#pragma once

#include <string>

#include "core/event.hpp"

namespace hourglass::cluster {

/// Builds an event for tests; no key where it is empty.
inline core::Event make_event(const std::string& user, std::uint64_t timestamp, core::Kind kind,
                              const std::string& key = "") {
  core::Event event{core::Timestamp{timestamp}, *core::User::from_bytes(user), kind, std::nullopt};
  if (!key.empty())
    event.key = *core::IdempotencyKey::from_text(key);
  return event;
}

}  // namespace hourglass::cluster
