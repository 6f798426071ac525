#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "core/hour.hpp"

namespace hourglass::core {

/// Neighbouring hours: the first of them, and the one behind the last.
struct HourRange {
  Hour first{0};
  Hour end{hour_of(kMaxTimestamp).value() + 1};

  friend bool operator==(const HourRange&, const HourRange&) = default;
};

/// The hours that the time from `from` up to but not including `to` touches; what is not given has no bound.
/// Fails with invalid_parameter where that is no time at all.
base::Result<HourRange> hours_touched(std::optional<Timestamp> from, std::optional<Timestamp> to);

/// Hours that something is wrong with, gathered in ascending order. Takes little memory however many they
/// are: neighbours are one span, and only the first spans are named.
class HourList {
 public:
  static constexpr std::size_t kMaxSpans = 64;

  void add(Hour hour);

  [[nodiscard]] std::uint64_t count() const { return count_; }

  /// "2023-11-14T22:00Z, 2023-11-16T00:00Z/2023-11-16T03:00Z", the second being four hours; ends with
  /// ", ..." where spans are left out.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const HourList&, const HourList&) = default;

 private:
  struct Span {
    Hour first;
    Hour last;
    friend bool operator==(const Span&, const Span&) = default;
  };

  std::vector<Span> spans_;
  Hour last_;
  std::uint64_t count_ = 0;
};

}  // namespace hourglass::core
