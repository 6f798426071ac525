#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/event.hpp"
#include "core/hour.hpp"
#include "core/totals.hpp"
#include "engine/hours/totals_board.hpp"
#include "engine/hours/user_set.hpp"
#include "engine/moment.hpp"

namespace hourglass::engine {

/// What an hour has gained since its last gains went to a run.
struct HourGain {
  core::Hour hour;
  core::Totals totals;                   // to be added; unique_users is the number of new_users
  std::vector<std::uint64_t> new_users;  // hashes, in the order of their arrival
};

using HourGains = std::vector<HourGain>;  // in the order of the hours

/// The hours that are in memory: their totals, what has not gone to a run yet, and their users: all of them
/// (the hour is complete) or only some, so that the runs have to be asked for the others. Belongs to the
/// writer. Memory is reckoned, not measured: see the constants.
class HourTable {
 public:
  enum class Membership { known, not_known, only_runs_can_tell };

  [[nodiscard]] bool holds(core::Hour hour) const { return hours_.contains(hour.value()); }
  [[nodiscard]] bool is_complete(core::Hour hour) const;

  /// Takes an hour into memory. `saved`: its totals according to the runs; nothing if they are damaged.
  /// Complete if the runs know nothing of it.
  void take_in(core::Hour hour, std::optional<core::Totals> saved);

  /// The hour is in memory for the following.
  [[nodiscard]] Membership membership(core::Hour hour, std::uint64_t user_hash) const;
  [[nodiscard]] std::optional<core::Totals> totals(core::Hour hour) const;
  [[nodiscard]] std::vector<std::uint64_t> unsaved_users(core::Hour hour) const;  // those in flight too
  void remember(core::Hour hour, std::uint64_t user_hash);                        // a user that a run knows
  void mark_complete(core::Hour hour);  // every user has been remembered
  void count(core::Hour hour, core::Kind kind, std::uint64_t user_hash, bool is_new,
             std::chrono::milliseconds elapsed);

  /// Takes everything gained since the last call; it is in flight until settle().
  std::shared_ptr<const HourGains> take_gains();

  /// What was in flight is in a run now.
  void settle();

  /// Lets go of hours that runs hold wholly: those of which not all users are in memory anyway, and those
  /// that ended and were last counted in at least `rest` ago.
  void seal(const Moment& now, std::chrono::milliseconds rest);

  /// Lets go of users until the memory is at most `bytes`, those of the hours first that were not counted in
  /// for longest. What is not in a run yet stays.
  void shrink(std::uint64_t bytes);

  /// Whether an hour that seal() would let go of waits for its gains to go to a run.
  [[nodiscard]] bool waits_for_run(const Moment& now, std::chrono::milliseconds rest) const;

  /// The hours counted in, taken in or let go since the last call.
  TotalsBoard::Changes take_changes();

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t unsaved_bytes() const { return unsaved_bytes_; }
  [[nodiscard]] std::uint64_t hour_count() const { return hours_.size(); }
  [[nodiscard]] std::uint64_t user_count() const { return user_count_; }  // in memory, over all hours

  /// What is reckoned for a user in a set (10 to 21 bytes, depending on how full the tables are), for a user
  /// that has not gone to a run yet, and for an hour.
  static constexpr std::uint64_t kBytesPerUser = 20;
  static constexpr std::uint64_t kBytesPerUnsavedUser = 12;
  static constexpr std::uint64_t kBytesPerHour = 400;

 private:
  struct State {
    std::optional<core::Totals> totals;  // with everything counted; nothing if the runs are damaged
    HourGain unsaved;
    UserSet users;
    bool complete = false;
    bool in_flight = false;
    bool changed = false;
    std::chrono::milliseconds touched{0};  // elapsed when it was counted in last

    [[nodiscard]] bool has_unsaved() const {
      return unsaved.totals.clicks != 0 || unsaved.totals.impressions != 0;
    }
    [[nodiscard]] bool is_settled() const { return !in_flight && !has_unsaved(); }
  };

  static bool rests(const State& state, core::Hour hour, const Moment& now, std::chrono::milliseconds rest);
  void mark_changed(core::Hour hour, State& state);
  void let_go(core::Hour hour);
  void forget_saved_users(core::Hour hour, State& state);

  boost::unordered_flat_map<std::uint64_t, std::unique_ptr<State>> hours_;
  std::shared_ptr<const HourGains> in_flight_;
  std::vector<core::Hour> changed_;
  std::vector<core::Hour> removed_;
  std::uint64_t bytes_ = 0;
  std::uint64_t unsaved_bytes_ = 0;
  std::uint64_t user_count_ = 0;
};

}  // namespace hourglass::engine
