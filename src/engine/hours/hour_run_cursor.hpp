#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/hours/hour_run.hpp"

namespace hourglass::engine {

/// Walks through a run in the order of its hours and users, one page in memory at a time.
class HourRunCursor {
 public:
  explicit HourRunCursor(std::shared_ptr<const HourRun> run) : run_(std::move(run)) {}

  /// Goes to the beginning of the next hour, past what is left of this one. False at the end.
  StoreResult<bool> next_hour();

  /// Goes to the beginning of the first hour that is not before `hour`. False if there is none.
  StoreResult<bool> seek(core::Hour hour);

  /// The hour at which the cursor stands, and what the run adds to its totals.
  [[nodiscard]] core::Hour hour() const { return hour_; }
  [[nodiscard]] const core::Totals& totals() const { return totals_; }

  /// Goes to the next user of the hour; false when there is none left.
  StoreResult<bool> next_user();
  [[nodiscard]] std::uint64_t user() const { return users_[user_]; }

  /// The users of the hour that are left in the page, in ascending order; empty when there are none left in
  /// the run. For readers who want many at once, in place of next_user().
  StoreResult<std::vector<std::uint64_t>> next_users();

 private:
  struct Group {
    core::Hour hour;
    bool begins;
    core::Totals totals;
    std::vector<std::uint64_t> users;
  };

  /// Makes groups_ hold the groups of the next page; false at the end.
  StoreResult<bool> load_page();

  std::shared_ptr<const HourRun> run_;
  std::size_t next_page_ = 0;
  std::vector<Group> groups_;
  std::size_t next_group_ = 0;
  core::Hour hour_;
  core::Totals totals_;
  std::vector<std::uint64_t> users_;  // of the group at which the cursor stands
  std::size_t user_ = 0;
  bool before_first_user_ = true;
};

/// Merges neighbouring runs, oldest first, into one: totals are added up, users put together, but those of
/// hours before `frozen_before` are left out.
StoreResult<std::shared_ptr<const HourRun>> merge_hour_runs(FileSystem& files,
                                                            const std::filesystem::path& directory,
                                                            const StoreIdentity& identity,
                                                            const HourRuns& runs, core::Hour frozen_before);

}  // namespace hourglass::engine
