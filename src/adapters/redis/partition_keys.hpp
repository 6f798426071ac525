#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/redis/reply.hpp"
#include "cluster/log/partition.hpp"
#include "core/hour.hpp"

namespace hourglass::adapters {

/// The names under which a partition is kept. The braces hold its keys together where Redis is a cluster.
///   <topic>:{p}:meta         hash: fingerprint, next, time (the log clock), floor, last ("offset boot
///                            sequence"), and h:<hour> ("clicks impressions uniques next last", where last
///                            is the last offset that was counted in it); opened, closed: how many scripts
///                            were begun and ended, see scripts.hpp
///   <topic>:{p}:boots        hash: producer, 16 hexadecimal digits -> "seen highest:missing,missing"
///   <topic>:{p}:iks          sorted set: digest of a key, 16 bytes, by the time it occurred last
///   <topic>:{p}:u:<hour>     set: users
///   <topic>:{p}:new:<n>:...  a copy that is being brought in: hours, iks, u:<hour>
class PartitionKeys {
 public:
  PartitionKeys(const std::string& topic, cluster::Partition partition)
      : prefix_(topic + ":{" + std::to_string(partition.value()) + "}:") {}

  [[nodiscard]] std::string meta() const { return prefix_ + "meta"; }
  [[nodiscard]] std::string boots() const { return prefix_ + "boots"; }
  [[nodiscard]] std::string keys() const { return prefix_ + "iks"; }
  /// The hour in decimal digits follows.
  [[nodiscard]] std::string users_prefix() const { return prefix_ + "u:"; }
  [[nodiscard]] std::string users(core::Hour hour) const {
    return users_prefix() + std::to_string(hour.value());
  }
  [[nodiscard]] std::string copy_prefix(const std::string& nonce) const {
    return prefix_ + "new:" + nonce + ':';
  }

 private:
  std::string prefix_;
};

inline constexpr std::string_view kHourFieldPrefix = "h:";

/// The field of meta that holds an hour.
inline std::string hour_field(core::Hour hour) {
  return std::string(kHourFieldPrefix) + std::to_string(hour.value());
}

/// The hour that a field of meta holds; nothing where it holds another thing.
inline std::optional<core::Hour> hour_of_field(std::string_view field) {
  if (field.substr(0, kHourFieldPrefix.size()) != kHourFieldPrefix)
    return std::nullopt;
  const auto hour = number_of(field.substr(kHourFieldPrefix.size()));
  return hour && *hour >= 0 ? std::optional(core::Hour{static_cast<std::uint64_t>(*hour)}) : std::nullopt;
}

}  // namespace hourglass::adapters
