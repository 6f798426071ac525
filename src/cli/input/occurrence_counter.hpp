#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/input/occurrence.hpp"
#include "cli/input/occurrence_run.hpp"
#include "cli/input/occurrence_table.hpp"

namespace hourglass::cli {

/// Says how often a line stood in an input before, exactly, in bounded memory whatever the size of the input.
/// Occurrences stand in a table until it is full; then the older three quarters of it, by the lines' time, go
/// to a temporary file as a run. A line that is not in the table is looked up in the runs whose times cover
/// its own: in a log that is in order, in none. Eight runs of a size are merged to one, so that there are
/// few. After a failure the counter is of no use any more. Movable; one thread.
class OccurrenceCounter {
 public:
  /// The table takes some 130 MiB when it holds so many.
  static constexpr std::size_t kMostInMemory = 3 << 20;

  /// Runs go to `directory`, which is touched only when the table has been full. `most_in_memory` is at
  /// least 4.
  explicit OccurrenceCounter(std::filesystem::path directory, std::size_t most_in_memory = kMostInMemory);

  /// How often the line was counted before; counts it. A failure is a sentence that names the directory.
  base::Expected<std::uint64_t, std::string> count(const LineKey& key);

  /// What was counted of the `most` lines that are newest by their times, in the order of their keys. There
  /// is no bound by time: a single line that names a time to come would then leave out all others.
  [[nodiscard]] base::Expected<std::vector<Occurrence>, std::string> newest(std::size_t most) const;

  /// Goes on from what newest() of another counter gave. Only before anything was counted.
  base::Expected<void, std::string> load(std::span<const Occurrence> occurrences);

  [[nodiscard]] std::size_t runs() const { return runs_.size(); }

 private:
  struct LeveledRun {
    OccurrenceRun run;
    unsigned level;  // how often it was merged
  };

  base::Expected<std::uint64_t, std::string> find_in_runs(const LineKey& key) const;
  base::Expected<void, std::string> add(const Occurrence& occurrence);
  base::Expected<void, std::string> spill();
  base::Expected<void, std::string> merge_equal_levels();

  std::filesystem::path directory_;
  std::size_t most_in_memory_;
  OccurrenceTable table_;
  std::vector<LeveledRun> runs_;  // the oldest first; where two hold a line the newer one is right
};

}  // namespace hourglass::cli
