#include "cli/input/occurrence_table.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cli {
namespace {

constexpr std::size_t kFirstPlaces = 1 << 12;

/// Mixes the key once more: who hashes lines may do that badly in the low bits.
std::size_t spread(const LineKey& key) {
  std::uint64_t mixed = key.line.low ^ (key.time.value() * 0x9E37'79B9'7F4A'7C15U);
  mixed = (mixed ^ (mixed >> 32)) * 0xD6E8'FEB8'6659'FD93U;
  return mixed ^ (mixed >> 32);
}

}  // namespace

OccurrenceTable::OccurrenceTable() : places_(kFirstPlaces) {}

Occurrence& OccurrenceTable::place_of(const LineKey& key) {
  const std::size_t mask = places_.size() - 1;
  std::size_t at = spread(key) & mask;
  while (places_[at].count != 0 && places_[at].key != key)
    at = (at + 1) & mask;
  return places_[at];
}

void OccurrenceTable::add(Occurrence& place, const Occurrence& occurrence) {
  place = occurrence;
  ++size_;
  if (size_ > places_.size() / 4 * 3)
    grow();
}

std::span<const Occurrence> OccurrenceTable::sort() {
  const auto end = std::remove_if(places_.begin(), places_.end(),
                                  [](const Occurrence& place) { return place.count == 0; });
  std::sort(places_.begin(), end, [](const Occurrence& a, const Occurrence& b) { return a.key < b.key; });
  return {places_.begin(), end};
}

void OccurrenceTable::clear() {
  std::fill(places_.begin(), places_.end(), Occurrence{});
  size_ = 0;
}

void OccurrenceTable::grow() {
  std::vector<Occurrence> old(places_.size() * 2);
  std::swap(old, places_);
  for (const Occurrence& occurrence : old)
    if (occurrence.count != 0)
      place_of(occurrence.key) = occurrence;
}

}  // namespace hourglass::cli
