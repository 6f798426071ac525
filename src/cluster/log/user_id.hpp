#pragma once

#include <cstdint>
#include <string_view>

#include "base/strong_type.hpp"
#include "core/siphash.hpp"

namespace hourglass::cluster {

/// What stands for a user in every store: below kUserIds, so that InfluxDB can keep it as one of 256 tags and
/// a nanosecond of an hour. 49.7 bits: of a million users in one hour and partition 0.0005 are lost to
/// collisions.
using UserId = base::StrongType<std::uint64_t, struct UserIdTag>;

inline constexpr std::uint64_t kUserTags = 256;
inline constexpr std::uint64_t kNanosecondsPerHour = 3'600'000'000'000;
inline constexpr std::uint64_t kUserIds = kUserTags * kNanosecondsPerHour;

/// `key` is the cluster's, the same on every replica.
inline UserId user_id(const core::HashKey& key, std::string_view user) {
  return UserId{core::siphash64(key, user) % kUserIds};
}

}  // namespace hourglass::cluster
