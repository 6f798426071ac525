#include "cli/input/occurrence_counter.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hourglass::cli {
namespace {

constexpr std::size_t kRunsOfALevel = 8;
constexpr std::size_t kReadAtOnce = 4096;

bool has_smaller_key(const Occurrence& a, const Occurrence& b) {
  return a.key < b.key;
}

/// Keeps the newest occurrences of those that it is shown.
class NewestOccurrences {
 public:
  explicit NewestOccurrences(std::size_t most) : most_(most) {}

  /// Of two with the same key the one that is shown first is right.
  void show(const Occurrence& occurrence) {
    if (occurrence.count == 0 || occurrence.key < least_)
      return;
    kept_.push_back(occurrence);
    if (kept_.size() > 2 * most_ + kReadAtOnce)
      reduce();
  }

  std::vector<Occurrence> take() {
    reduce();
    return std::move(kept_);
  }

  /// Leaves out what is not among the newest.
  void reduce() {
    std::stable_sort(kept_.begin(), kept_.end(), has_smaller_key);
    const auto end = std::unique(kept_.begin(), kept_.end(),
                                 [](const Occurrence& a, const Occurrence& b) { return a.key == b.key; });
    kept_.erase(end, kept_.end());
    if (kept_.size() <= most_)
      return;
    kept_.erase(kept_.begin(), kept_.end() - static_cast<std::ptrdiff_t>(most_));
    if (!kept_.empty())
      least_ = kept_.front().key;
  }

  /// Nothing older is kept.
  [[nodiscard]] core::Timestamp least_time() const { return least_.time; }

 private:
  LineKey least_;
  std::size_t most_;
  std::vector<Occurrence> kept_;
};

}  // namespace

OccurrenceCounter::OccurrenceCounter(std::filesystem::path directory, std::size_t most_in_memory)
    : directory_(std::move(directory)), most_in_memory_(most_in_memory) {}

base::Expected<std::uint64_t, std::string> OccurrenceCounter::count(const LineKey& key) {
  Occurrence& place = table_.place_of(key);
  if (place.count != 0)
    return place.count++;
  auto before = find_in_runs(key);
  if (!before)
    return before;
  if (auto added = add({key, *before + 1}); !added)
    return base::unexpected(std::move(added.error()));
  return before;
}

base::Expected<std::uint64_t, std::string> OccurrenceCounter::find_in_runs(const LineKey& key) const {
  for (auto leveled = runs_.rbegin(); leveled != runs_.rend(); ++leveled) {
    if (!leveled->run.covers(key.time))
      continue;
    auto found = leveled->run.find(key);
    if (!found || *found > 0)
      return found;
  }
  return std::uint64_t{0};
}

/// Adds what is not in the table.
base::Expected<void, std::string> OccurrenceCounter::add(const Occurrence& occurrence) {
  if (table_.size() >= most_in_memory_)
    if (auto spilled = spill(); !spilled)
      return spilled;
  table_.add(table_.place_of(occurrence.key), occurrence);
  return {};
}

/// Moves the older part of the table to a run. What comes next in a log is found in the newer part.
base::Expected<void, std::string> OccurrenceCounter::spill() {
  const auto sorted = table_.sort();
  // All of one time goes or stays, unless that would be nearly everything.
  const auto cut = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 4 * 3);
  auto end = std::lower_bound(sorted.begin(), cut, Occurrence{{cut->key.time, {}}, 0}, has_smaller_key);
  if (static_cast<std::size_t>(end - sorted.begin()) < sorted.size() / 4)
    end = cut;
  auto writer = OccurrenceRunWriter::create(directory_, sorted.size());
  if (!writer)
    return base::unexpected(std::move(writer.error()));
  for (auto occurrence = sorted.begin(); occurrence != end; ++occurrence)
    if (auto added = writer->add(*occurrence); !added)
      return added;
  auto run = writer->finish();
  if (!run)
    return base::unexpected(std::move(run.error()));
  runs_.push_back({std::move(*run), 0});
  const std::vector<Occurrence> staying(end, sorted.end());
  table_.clear();
  for (const Occurrence& occurrence : staying)
    table_.add(table_.place_of(occurrence.key), occurrence);
  return merge_equal_levels();
}

base::Expected<void, std::string> OccurrenceCounter::merge_equal_levels() {
  while (runs_.size() >= kRunsOfALevel) {
    const auto first = runs_.end() - kRunsOfALevel;
    const unsigned level = runs_.back().level;
    if (first->level != level)  // levels fall from the oldest run to the newest
      return {};
    std::vector<OccurrenceRun> merging;
    std::transform(first, runs_.end(), std::back_inserter(merging),
                   [](LeveledRun& leveled) { return std::move(leveled.run); });
    runs_.erase(first, runs_.end());
    auto merged = merge_runs(directory_, merging);
    if (!merged)
      return base::unexpected(std::move(merged.error()));
    runs_.push_back({std::move(*merged), level + 1});
  }
  return {};
}

base::Expected<std::vector<Occurrence>, std::string> OccurrenceCounter::newest(std::size_t most) const {
  NewestOccurrences kept(most);
  for (const Occurrence& place : table_.places())
    kept.show(place);
  std::vector<Occurrence> piece(kReadAtOnce);
  for (auto leveled = runs_.rbegin(); leveled != runs_.rend(); ++leveled) {
    const OccurrenceRun& run = leveled->run;
    kept.reduce();
    if (run.last_time() < kept.least_time())
      continue;
    for (std::uint64_t place = run.place_before(kept.least_time()); place < run.size();) {
      const auto count = run.read(place, piece);
      if (!count)
        return base::unexpected(count.error());
      std::for_each_n(piece.begin(), *count, [&](const Occurrence& occurrence) { kept.show(occurrence); });
      place += *count;
    }
  }
  return kept.take();
}

base::Expected<void, std::string> OccurrenceCounter::load(std::span<const Occurrence> occurrences) {
  for (const Occurrence& occurrence : occurrences)
    if (auto added = add(occurrence); !added)
      return added;
  return {};
}

}  // namespace hourglass::cli
