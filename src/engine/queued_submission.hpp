#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/siphash.hpp"
#include "ports/event_store.hpp"

namespace hourglass::engine {

/// What the store knows an event's user and key by.
struct EventHashes {
  std::uint64_t user = 0;
  std::optional<core::Hash128> key;  // of user and idempotency key together
};

/// A submission on its way to the commit thread, hashed by the thread that submitted it.
struct QueuedSubmission {
  std::unique_ptr<ports::Submission> submission;
  std::vector<EventHashes> hashes;  // one for each of its events
  std::uint64_t bytes = 0;          // about how much memory it holds
};

inline EventHashes hash_event(const core::HashKey& hash_key, const core::Event& event) {
  EventHashes hashes;
  hashes.user = core::siphash64(hash_key, event.user.bytes());
  if (event.key)
    hashes.key = core::siphash128(hash_key, event.user.bytes(), event.key->text());
  return hashes;
}

}  // namespace hourglass::engine
