#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/strong_type.hpp"
#include "core/hour.hpp"

namespace hourglass::cluster {

/// One of the parts of the topic: 0 to the number of partitions - 1.
using Partition = base::StrongType<std::uint32_t, struct PartitionTag>;

/// A place in the log of one partition. Offsets that mark an end name the first one behind it.
using Offset = base::StrongType<std::int64_t, struct OffsetTag>;

/// A time that a broker gave a record (LogAppendTime): milliseconds since 1970.
using LogTime = base::StrongType<std::int64_t, struct LogTimeTag>;

/// The hour of the log clock; that of 1970 before there is any.
constexpr core::Hour hour_of(LogTime time) {
  return core::Hour{static_cast<std::uint64_t>(std::max<std::int64_t>(time.value(), 0)) /
                    core::kMillisecondsPerHour};
}

/// The partition of a user: murmur2(user) modulo the number of partitions, as the clients in Java choose it
/// for a key. Every event of a user is in one partition, so unique users are a sum over partitions.
Partition partition_of(std::string_view user, std::uint32_t partitions);

}  // namespace hourglass::cluster
