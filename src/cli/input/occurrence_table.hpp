#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cli/input/occurrence.hpp"

namespace hourglass::cli {

/// A hash table of occurrences that can be sorted where it lies, so that moving it to the disk takes no
/// memory. Doubles as it grows; 32 bytes a place, of which three quarters are filled at most. One thread.
class OccurrenceTable {
 public:
  OccurrenceTable();

  /// The place of a key: that of its occurrence, or an empty one, which is to be given to add(). Holds until
  /// the next call.
  Occurrence& place_of(const LineKey& key);

  /// Fills an empty place.
  void add(Occurrence& place, const Occurrence& occurrence);

  [[nodiscard]] std::size_t size() const { return size_; }

  /// All places, the empty ones too.
  [[nodiscard]] std::span<const Occurrence> places() const { return places_; }

  /// Puts the occurrences in the order of their keys. The table is no table any more until it is cleared.
  std::span<const Occurrence> sort();

  /// Empties the table and keeps its memory.
  void clear();

 private:
  void grow();

  std::vector<Occurrence> places_;  // as many as a power of two; linear probing
  std::size_t size_ = 0;
};

}  // namespace hourglass::cli
