#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "core/hour_range.hpp"
#include "engine/export/hour_totals.hpp"
#include "engine/export/log_sorting.hpp"
#include "engine/export/scratch_folder.hpp"
#include "ports/event_export.hpp"

namespace hourglass::engine {

/// How much an export may have in memory at a time, about.
struct ExportMemory {
  std::size_t piece_bytes = std::size_t{64} << 10;       // of the lines that are given at once
  std::size_t sorted_bytes = std::size_t{16} << 20;      // of events of the log
  std::size_t kept_block_bytes = std::size_t{16} << 20;  // of blocks of event files that hold several hours
};

/// The events of some hours of a data directory, by hour and then by sequence, as lines that
/// `POST /analytics/batch` takes. A server may be at work on the directory: it is not asked and not
/// disturbed, and every event that was acknowledged before begin() is there. What retention removes meanwhile
/// is missing, and its hours are named in the end. Beside ExportMemory it takes the memory of one segment of
/// the log while it begins, and later 24 bytes for every 64 KiB of events, whatever hours these are of.
/// Belongs to whoever has begun it; one thread. `files` outlives it.
class StoreExport {
 public:
  static StoreResult<std::unique_ptr<StoreExport>> begin(FileSystem& files, std::filesystem::path directory,
                                                         core::HourRange hours,
                                                         std::function<bool()> cancelled,
                                                         const ExportMemory& memory = {});

  /// The next lines; empty at the end.
  StoreResult<std::string> next();

  /// The hours of which totals are kept, but not every event. All of them are known at the end.
  [[nodiscard]] const core::HourList& incomplete_hours() const { return incomplete_; }

 private:
  StoreExport(FileSystem& files, std::filesystem::path directory, core::HourRange hours,
              std::function<bool()> cancelled, const ExportMemory& memory);

  using Turn = std::pair<core::Hour, std::size_t>;  // an hour, and the source that goes on with it

  StoreResult<void> open();
  StoreResult<void> take_set();
  StoreResult<void> add_event_files(const EventFiles& event_files);
  StoreResult<bool> next_turn();
  StoreResult<void> read_turn(std::string& lines);
  void end_turn();
  void line_up(std::size_t source);
  StoreResult<void> settle_hours_before(core::Hour hour);
  [[nodiscard]] StoreResult<void> check_goes_on() const;

  FileSystem& files_;
  const std::filesystem::path directory_;
  const core::HourRange hours_;
  const std::function<bool()> cancelled_;
  const ExportMemory memory_;
  StoreIdentity identity_;
  std::string id_;  // what the ids of all events begin with
  ScratchFolder scratch_;

  std::vector<SortedEvents> sources_;  // in the order of their sequences
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
  std::optional<Turn> turn_;  // that has been begun
  std::size_t bytes_kept_ = 0;
  HourTotals totals_{{}};
  core::Hour hour_;            // that is being read
  std::uint64_t counted_ = 0;  // the events of it that runs count
  core::HourList incomplete_;
  bool ended_ = false;
};

/// The same behind the port, for the files of a store that is at work.
base::Result<std::unique_ptr<ports::EventExport>> begin_export(FileSystem& files,
                                                               const std::filesystem::path& directory,
                                                               core::HourRange hours,
                                                               std::function<bool()> cancelled);

}  // namespace hourglass::engine
