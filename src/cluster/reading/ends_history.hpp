#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <vector>

#include "cluster/log/partition.hpp"

namespace hourglass::cluster {

/// Whether none is below that of the same partition among the others.
bool reaches(const std::vector<Offset>& offsets, const std::vector<Offset>& others);

/// The ends that the log had at some times: tells how old an answer is. Bounded: the older, the sparser. One
/// thread at a time.
class EndsHistory {
 public:
  static constexpr std::size_t kMostEntries = 1'000;

  /// The log of each partition ended there at `asked` or later. In the order of the asking. False, and
  /// nothing is added, where one ends before it did: a log only grows, so who says that speaks of the past.
  bool add(std::chrono::nanoseconds asked, std::vector<Offset> ends);

  /// So long ago the log was, at `now`, all in an answer that holds the records below `next`: every event
  /// that was acknowledged earlier is in it. Nothing where that is not known.
  [[nodiscard]] std::optional<std::chrono::milliseconds> lag(const std::vector<Offset>& next,
                                                             std::chrono::nanoseconds now) const;

 private:
  struct Entry {
    std::chrono::nanoseconds asked;
    std::vector<Offset> ends;
  };

  void thin_out();

  std::deque<Entry> entries_;
};

}  // namespace hourglass::cluster
