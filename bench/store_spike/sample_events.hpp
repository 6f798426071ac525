#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/commit_record.hpp"

namespace hourglass::store_spike {

inline constexpr std::uint64_t kFirstTimestamp = 1'700'000'000'000;
inline constexpr std::uint64_t kHour = kFirstTimestamp / 3'600'000;
inline constexpr core::HashKey kHashKey{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/// An event of the load. Every second one bears an idempotency key.
struct SampleEvent {
  core::Timestamp timestamp;
  std::string user;
  std::optional<core::Hash128> key;
};

/// Event number `index` of a sequence that is always the same; all its users differ.
SampleEvent sample_event(std::uint64_t index);

/// What the program writes for a commit of these events.
std::string encode_commit(std::span<const SampleEvent> events, std::uint64_t first_sequence);

}  // namespace hourglass::store_spike
