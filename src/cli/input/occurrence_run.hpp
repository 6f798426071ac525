#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/input/occurrence.hpp"
#include "cli/input/temporary_file.hpp"

namespace hourglass::cli {

/// Occurrences on the disk, in the order of their keys; every key once. Never changes. A look-up reads a page
/// of 4 KiB, in a very large run a few more. The index in memory takes 24 bytes a page, 1.5 MiB at most. The
/// file is read by the process that wrote it only, so it holds the occurrences as they lie in memory.
/// Movable; one thread.
class OccurrenceRun {
 public:
  std::uint64_t size() const { return size_; }

  /// Whether the time lies between the first and the last of the run.
  [[nodiscard]] bool covers(core::Timestamp time) const { return first_ <= time && time <= last_; }
  [[nodiscard]] core::Timestamp last_time() const { return last_; }

  /// How often the line had stood in the input when the run was written; 0 when it had not.
  [[nodiscard]] base::Expected<std::uint64_t, std::string> find(const LineKey& key) const;

  /// Reads occurrences from a place on, as many as there are and there is room for; says how many.
  [[nodiscard]] base::Expected<std::size_t, std::string> read(std::uint64_t place,
                                                              std::span<Occurrence> into) const;

  /// A place at or before which nothing of this time or later stands; for reading on from there.
  [[nodiscard]] std::uint64_t place_before(core::Timestamp time) const;

 private:
  friend class OccurrenceRunWriter;
  explicit OccurrenceRun(TemporaryFile file) : file_(std::move(file)) {}

  TemporaryFile file_;
  std::uint64_t size_ = 0;
  std::uint64_t step_ = 1;      // occurrences for each key in the index
  std::vector<LineKey> index_;  // the first key of every step
  core::Timestamp first_;
  core::Timestamp last_;
};

/// Writes a run. One thread.
class OccurrenceRunWriter {
 public:
  /// `most` occurrences will come at most.
  static base::Expected<OccurrenceRunWriter, std::string> create(const std::filesystem::path& directory,
                                                                 std::uint64_t most);

  /// Takes the next occurrence; its key is greater than the one before.
  base::Expected<void, std::string> add(const Occurrence& occurrence);

  base::Expected<OccurrenceRun, std::string> finish();

 private:
  OccurrenceRunWriter(TemporaryFile file, std::uint64_t most);
  base::Expected<void, std::string> flush();

  OccurrenceRun run_;
  std::vector<Occurrence> waiting_;
};

/// Makes one run of several, the oldest first. Where two hold a key the newer one is right.
base::Expected<OccurrenceRun, std::string> merge_runs(const std::filesystem::path& directory,
                                                      std::span<const OccurrenceRun> runs);

}  // namespace hourglass::cli
