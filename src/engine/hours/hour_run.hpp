#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/commit_record.hpp"
#include "engine/files/file_system.hpp"
#include "engine/hours/hour_page.hpp"
#include "engine/log_record.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

/// What a run says of the log up to the end of its range, so that the log before need not be read again.
struct LogPosition {
  RecordNumber record;
  Sequence next_sequence{1};
  core::Timestamp log_time;

  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

/// A file of what a range of records has brought to hours: totals to be added, and the users that were new,
/// sorted by hour and hash. It never changes: docs/formats/hours.md. In memory it takes 16 bytes a page of
/// 4 KiB. Any number of threads may read it.
class HourRun {
 public:
  /// Checks the header and the index; pages are checked as they are read.
  static StoreResult<std::shared_ptr<const HourRun>> open(FileSystem& files, std::filesystem::path path,
                                                          const StoreIdentity& identity);

  /// What the run adds to the totals of an hour; zeros if nothing. At most one page is read.
  [[nodiscard]] StoreResult<core::Totals> totals(core::Hour hour) const;

  /// Whether the user was new in this hour within the range. At most one page is read.
  [[nodiscard]] StoreResult<bool> contains(core::Hour hour, std::uint64_t user_hash) const;

  /// The bytes of a page, which is whole. A damaged one is named together with its hours.
  [[nodiscard]] StoreResult<std::string> read_page(std::size_t page) const;

  /// The page in which an hour begins, if the run holds the hour.
  [[nodiscard]] std::size_t page_of(core::Hour hour, std::uint64_t user_hash) const;

  [[nodiscard]] std::size_t page_count() const { return first_keys_.size(); }
  [[nodiscard]] RecordRange range() const { return range_; }
  [[nodiscard]] LogPosition end() const { return end_; }
  [[nodiscard]] core::Hour frozen_before() const { return frozen_before_; }
  [[nodiscard]] std::uint64_t revision() const { return frozen_before_.value(); }
  [[nodiscard]] std::uint64_t user_count() const { return user_count_; }
  [[nodiscard]] core::Hour first_hour() const { return first_hour_; }  // above last_hour() if there is none
  [[nodiscard]] core::Hour last_hour() const { return last_hour_; }
  [[nodiscard]] core::Hour first_hour_of(std::size_t page) const { return first_keys_[page].hour; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t bytes_on_disk() const;

 private:
  friend class HourRunWriter;
  HourRun() = default;

  [[nodiscard]] std::string encode_header(const StoreIdentity& identity) const;
  [[nodiscard]] std::string encode_index() const;
  [[nodiscard]] std::uint64_t page_seed(std::size_t page) const;
  [[nodiscard]] StoreResult<void> read_index();
  [[nodiscard]] bool may_hold(core::Hour hour) const { return first_hour_ <= hour && hour <= last_hour_; }

  std::filesystem::path path_;
  std::unique_ptr<File> file_;
  std::uint64_t seed_ = 0;
  RecordRange range_;
  LogPosition end_;
  core::Hour frozen_before_;
  core::Hour first_hour_{1};
  core::Hour last_hour_{0};
  std::uint64_t user_count_ = 0;
  std::vector<HourPageBuilder::Key> first_keys_;  // of each page
};

/// The file name of a run.
std::string hour_run_name(RecordRange range, core::Hour frozen_before);

using HourRuns = std::vector<std::shared_ptr<const HourRun>>;

/// The totals that runs add up to, and whether one of them holds a user.
StoreResult<core::Totals> totals_of(const HourRuns& runs, core::Hour hour);
StoreResult<bool> contains_user(const HourRuns& runs, core::Hour hour, std::uint64_t user_hash);

/// Writes a run front to back. It appears under its name, durable, when finish() succeeds.
class HourRunWriter {
 public:
  static StoreResult<HourRunWriter> create(FileSystem& files, const std::filesystem::path& directory,
                                           const StoreIdentity& identity, RecordNumber first,
                                           const LogPosition& end, core::Hour frozen_before);

  /// Hours come in ascending order, each with what is to be added to its totals.
  StoreResult<void> begin_hour(core::Hour hour, const core::Totals& totals);

  /// Users of the hour begun last, in ascending order.
  StoreResult<void> add_user(std::uint64_t user_hash);

  StoreResult<std::shared_ptr<const HourRun>> finish();

 private:
  HourRunWriter(FileSystem& files, const StoreIdentity& identity) : files_(&files), identity_(identity) {}
  StoreResult<void> write_page();

  FileSystem* files_;
  StoreIdentity identity_;
  std::shared_ptr<HourRun> run_;
  HourPageBuilder page_;
};

}  // namespace hourglass::engine
