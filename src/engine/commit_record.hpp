#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "core/siphash.hpp"
#include "engine/bytes.hpp"

namespace hourglass::engine {

/// The place of an event in the store's order of acceptance, from 1.
using Sequence = base::StrongType<std::uint64_t, struct SequenceTag>;

/// An event as the log keeps it. `user` points into the bytes it was read from.
struct RecordedEvent {
  core::Timestamp timestamp;
  core::Kind kind;
  std::string_view user;
  std::optional<core::Hash128> key;  // fingerprint of (user, idempotency key)
  bool is_new_user = false;          // the user's first event in this hour; format version 1 does not say

  friend bool operator==(const RecordedEvent&, const RecordedEvent&) = default;
};

/// What one commit adds to the store: docs/formats/log.md, "commit".
struct Commit {
  Sequence first_sequence;            // of events[0]; the others follow
  core::Timestamp log_time;           // time of the idempotency windows at this commit
  std::vector<RecordedEvent> events;  // counted
  std::vector<core::Hash128>
      refreshed_keys;  // seen again inside their window: not counted, window begins anew
};

/// Writes the payload of a commit event by event, without a Commit in between.
class CommitEncoder {
 public:
  CommitEncoder(Sequence first_sequence, core::Timestamp log_time);

  void add_event(const RecordedEvent& event);
  void add_refreshed_key(const core::Hash128& key);

  [[nodiscard]] std::uint64_t event_count() const { return event_count_; }
  [[nodiscard]] bool empty() const { return event_count_ == 0 && refreshed_count_ == 0; }

  /// The finished payload; the encoder is used up.
  [[nodiscard]] std::string take();

 private:
  Sequence first_sequence_;
  core::Timestamp log_time_;
  core::Timestamp previous_timestamp_;
  std::uint64_t event_count_ = 0;
  std::uint64_t refreshed_count_ = 0;
  std::string events_;
  std::string refreshed_keys_;
};

/// Reads a payload back; nothing where it is not one that CommitEncoder could have written.
std::optional<Commit> decode_commit(std::string_view payload);

}  // namespace hourglass::engine
