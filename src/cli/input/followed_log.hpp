#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "cli/input/generation_reader.hpp"
#include "cli/input/line_splitter.hpp"
#include "cli/input/log_generations.hpp"
#include "cli/input/occurrence_counter.hpp"
#include "cli/input/position_file.hpp"
#include "cli/input/position_lock.hpp"
#include "cli/input/stop_descriptor.hpp"
#include "engine/files/file_system.hpp"

namespace hourglass::cli {

struct FollowSettings {
  std::filesystem::path log;
  std::filesystem::path position;   // the position file
  std::filesystem::path temporary;  // a directory for what does not fit in memory
  StopDescriptor stop;
  std::function<void(const std::string&)> notice;  // is told what the operator should know; never empty

  /// How long a generation that has a successor must be quiet before the successor is read: nginx writes to
  /// the old file until it is told to open the new one.
  std::chrono::milliseconds grace{2'000};

  /// Of how many lines a generation takes over the counts from the one before: the newest by their times.
  std::size_t most_carried = 200'000;
};

/// Where a line ends, for keep().
struct LinePlace {
  std::uint64_t generation = 0;  // counted from the one that was opened first
  std::uint64_t offset = 0;
  std::uint64_t number = 0;
};

struct FollowedLine {
  Line line;
  LinePlace place;
  bool is_replayed = false;        // was acknowledged before the start: to be counted, not to be sent
  bool begins_generation = false;  // the first line of a file
};

/// Why there is no line.
enum class NoLine { not_yet, stopped };

/// Gives the lines of a log as they are written, every line once, through rotation by renaming or by copying
/// and emptying, and where it goes on after a restart, whatever was rotated and compressed meanwhile. A line
/// at the end of a generation is given without its LF (is_cut) only when the generation has ended for good.
///
/// The caller sends the lines and calls keep() when they are acknowledged. The lines between the last keep()
/// and the end of the process are given again, and their ids must be the same then. So the caller calls
/// count() for every line that needs to know how often it stood before, replayed or not, before it asks for
/// the next; the generation in which the position stands is replayed from its beginning for that, and every
/// generation takes over the newest counts of the one before.
///
/// New text is looked for four to five times a second. inotify would tell of it at once, but not on network
/// file systems, and a look costs three system calls. Movable; one thread.
class FollowedLog {
 public:
  /// Finds the place to go on from. Without a position file it begins with the log as it is now, without what
  /// has been rotated, and keeps that position at once. The log need not exist yet.
  static base::Expected<FollowedLog, std::string> open(FollowSettings settings);

  /// The next line; waits for it so long. After a failure there is nothing more: it is given again.
  base::Expected<std::variant<FollowedLine, NoLine>, std::string> next(std::chrono::milliseconds wait);

  /// How often the line that was given last stood in the log before; counts it.
  base::Expected<std::uint64_t, std::string> count(const LineKey& key) { return counter_.count(key); }

  /// Keeps the position: all lines up to this one are acknowledged. Durable on return. Places never go back.
  base::Expected<void, std::string> keep(const LinePlace& place);

 private:
  /// A generation of which lines have been given that may not be acknowledged yet; the last is the current
  /// one.
  struct Begun {
    std::uint64_t number = 0;
    LogBeginning beginning;
    FileIdentity file;
    std::uint64_t counts = 0;  // what it has taken over, as PositionFile names it
  };

  explicit FollowedLog(FollowSettings settings);

  base::Expected<void, std::string> start_anew();
  base::Expected<void, std::string> go_on_from(const LogPosition& position);
  base::Expected<LogGeneration, std::string> find_again(const LogPosition& position);
  [[nodiscard]] base::Expected<std::vector<LogGeneration>, std::string> generations() const;

  std::optional<FollowedLine> line_at_hand();
  base::Expected<bool, std::string> read_on();
  base::Expected<bool, std::string> end_generation();
  base::Expected<bool, std::string> move_on(const LogGeneration& next);
  base::Expected<bool, std::string> leave_emptied();
  base::Expected<bool, std::string> read_anew(const LogGeneration& generation);
  base::Expected<std::uint64_t, std::string> carry_counts();
  base::Expected<void, std::string> take_over(std::uint64_t counts);
  base::Expected<std::optional<LogGeneration>, std::string> successor();
  std::vector<LogGeneration> newer_than_current(std::vector<LogGeneration> found) const;
  bool has_changed();
  void watch_left_behind();
  void note_beginning();

  FollowSettings settings_;
  std::unique_ptr<engine::FileSystem> files_;
  PositionLock lock_;
  PositionFile position_file_;
  OccurrenceCounter counter_;
  std::optional<GenerationReader> reader_;       // none before the first line that was ever seen
  std::optional<GenerationReader> left_behind_;  // the one before, for as long as the current is read
  std::optional<FollowedLine> rest_;             // the cut end of a generation that has ended
  bool is_ended_ = false;                        // that has been taken
  bool is_gone_ = false;  // the current generation has been removed, as the last look for the next has shown
  bool is_at_beginning_ = true;
  std::uint64_t skipped_until_ = 0;   // lines of the current generation that were given from another file
  std::uint64_t replayed_until_ = 0;  // lines that were acknowledged before the start
  WriteTime since_ = 0;  // what is newer has not been read, where the current generation is not found
  std::deque<Begun> begun_;
  std::uint64_t next_number_ = 1;
  std::tuple<WriteTime, std::uint64_t, bool> seen_;  // by which has_changed() sees a rotation
  std::set<std::filesystem::path> passed_over_;
  std::optional<std::string> failure_;
};

}  // namespace hourglass::cli
