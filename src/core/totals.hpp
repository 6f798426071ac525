#pragma once

#include <cstdint>

namespace hourglass::core {

/// The three numbers of one hour, always of one state: unique_users <= clicks + impressions.
struct Totals {
  std::uint64_t unique_users = 0;
  std::uint64_t clicks = 0;
  std::uint64_t impressions = 0;

  /// For the totals of the same hour from ranges of the log that do not overlap.
  void add(const Totals& other) {
    unique_users += other.unique_users;
    clicks += other.clicks;
    impressions += other.impressions;
  }

  friend bool operator==(const Totals&, const Totals&) = default;
};

}  // namespace hourglass::core
