#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/totals.hpp"
#include "engine/hours/hour_run_cursor.hpp"
#include "engine/verification/log_events.hpp"
#include "engine/verification/store_files.hpp"
#include "engine/verification/verification.hpp"

namespace hourglass::engine {

/// Compares what a store says of every hour in different places: the totals with the users that runs hold and
/// the log brings, and, where all events of an hour are kept, both with what these add up to. Belongs to one
/// verification; one thread. Reads runs front to back once, and every event once or twice.
class HourComparison {
 public:
  /// All of them outlive the comparison; the events of the log have been sorted. `all_kept`: no event was
  /// ever removed.
  HourComparison(const StoreFiles& files, LogEvents& log, const StoreIdentity& identity, bool all_kept,
                 const ProblemSink& report);

  /// Compares all hours. Fails where a run cannot be read; everything else is reported.
  StoreResult<void> run();

  [[nodiscard]] const VerificationFigures& figures() const { return figures_; }  // hours, users, events

 private:
  /// A run that holds something of the hour at hand; its cursor stands there.
  struct Source {
    HourRunCursor* cursor;
    const HourRun* run;
    bool has_user = false;    // cursor->user() has not been taken yet
    std::uint64_t users = 0;  // taken
  };

  /// An hour in all places.
  struct HourState {
    core::Hour hour;
    std::vector<Source> sources;
    std::span<const LogEvent> log;
    bool is_frozen = false;        // users have been removed from a run
    core::Totals totals;           // what is answered for the hour
    bool is_kept = false;          // all of its events are
    core::Totals from_events;      // what these add up to
    bool flags_are_wrong = false;  // of new users in the log
    bool users_differ = false;
  };

  /// The users of which the hashes begin with some bits: what is in memory at a time.
  struct Part {
    unsigned bits = 0;
    std::uint64_t number = 0;
    [[nodiscard]] bool holds(std::uint64_t hash) const { return bits == 0 || hash >> (64 - bits) == number; }
  };

  void count_kept_events();
  [[nodiscard]] std::optional<core::Hour> next_hour() const;
  StoreResult<HourState> load(core::Hour hour);
  StoreResult<void> load_source(HourState& state, std::size_t index);
  StoreResult<void> compare(HourState& state);
  StoreResult<void> compare_users(HourState& state, const Part& part);
  StoreResult<std::vector<std::uint64_t>> users_of_runs(HourState& state, const Part& part);
  static void add_gains(HourState& state, const Part& part, std::vector<std::uint64_t>& known);
  std::vector<std::uint64_t> users_of_events(HourState& state, const Part& part);
  void report_differences(const HourState& state);
  StoreResult<void> go_on(const HourState& state);
  void report(const HourState& state, const std::string& what);

  const StoreFiles& files_;
  LogEvents& log_;
  const StoreIdentity& identity_;
  const ProblemSink& report_;
  std::vector<HourRunCursor> cursors_;        // one for each run
  std::vector<bool> at_end_;                  // of each run
  std::map<core::Hour, std::uint64_t> kept_;  // events in event files, of the hours to come
  bool all_kept_;
  std::set<std::string> damages_;  // of event files, that have been reported
  VerificationFigures figures_;
};

}  // namespace hourglass::engine
