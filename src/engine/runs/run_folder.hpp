#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/log_record.hpp"
#include "engine/store_failure.hpp"
#include "engine/store_identity.hpp"

namespace hourglass::engine {

/// A folder of runs: files that never change and hold what a range of records of the log has brought. The
/// ranges of a folder follow one another without gaps. A run that was merged from others takes their place;
/// files that are superseded or unfinished are removed, at the latest at the next start.
/// A run has range(), revision() (the higher one of the same range is the valid one), page_count(),
/// bytes_on_disk(), path(), and a static open(). One thread owns the folder; runs may be read by any.
template <typename Run>
class RunFolder {
 public:
  using Pointer = std::shared_ptr<const Run>;

  static StoreResult<RunFolder> open(FileSystem& files, const std::filesystem::path& directory,
                                     const StoreIdentity& identity) {
    RunFolder folder(files);
    const auto names = files.list(directory);
    if (!names)
      return io_failure(names.error());
    // A name may be known to this machine's memory only, if the process that gave it ended just then. Before
    // anything else is removed because it is there, it has to be certain to stay.
    if (const auto synced = files.sync_directory(directory); !synced)
      return io_failure(synced.error());
    for (const std::string& name : *names) {
      if (name.ends_with(kUnfinishedSuffix)) {
        if (const auto removed = files.remove(directory / name); !removed)
          return io_failure(removed.error());
        continue;
      }
      auto run = Run::open(files, directory / name, identity);
      if (!run)
        return base::unexpected(run.error());
      folder.runs_.push_back(std::move(*run));
    }
    if (auto ordered = folder.order(directory); !ordered)
      return base::unexpected(ordered.error());
    return folder;
  }

  /// Takes in a run, which is durable, in place of those whose ranges lie within its own.
  void adopt(Pointer run) {
    const auto superseded = std::stable_partition(
        runs_.begin(), runs_.end(), [&](const Pointer& old) { return !run->range().contains(old->range()); });
    superseded_.insert(superseded_.end(), superseded, runs_.end());
    runs_.erase(superseded, runs_.end());
    const auto behind = std::find_if(runs_.begin(), runs_.end(), [&](const Pointer& other) {
      return other->range().first > run->range().first;
    });
    runs_.insert(behind, std::move(run));
  }

  /// A run could not be written, but may bear its name already, or get it back by a power cut. As long as it
  /// is not certain to be gone, nothing may be removed that it takes the place of: its range would be left
  /// alone before a gap.
  void disown(std::filesystem::path path) { disowned_.insert(std::move(path)); }

  /// Removes the files of runs that others have taken the place of, and of those that were disowned. Comes
  /// before everything else that removes.
  StoreResult<void> remove_superseded() {
    while (!disowned_.empty()) {
      if (const auto removed = remove_durably(*files_, *disowned_.begin()); !removed)
        return io_failure(removed.error());
      disowned_.erase(disowned_.begin());
    }
    while (!superseded_.empty()) {
      // A merged run may bear the name of one that it supersedes: then that name is not to be removed.
      const std::filesystem::path path = superseded_.back()->path();
      const bool reused =
          std::any_of(runs_.begin(), runs_.end(), [&](const Pointer& run) { return run->path() == path; });
      if (!reused) {
        if (const auto removed = files_->remove(path); !removed)
          return io_failure(removed.error());
      }
      superseded_.pop_back();
    }
    return {};
  }

  StoreResult<void> drop_oldest() {
    const std::filesystem::path path = runs_.front()->path();
    if (const auto removed = remove_durably(*files_, path); !removed)
      return io_failure(removed.error());
    runs_.erase(runs_.begin());
    return {};
  }

  /// Neighbouring runs that are to become one, oldest first; empty if there are none. With `most_pages` no
  /// run is made that has more: those that have half as many or more stay as they are.
  [[nodiscard]] std::vector<Pointer> to_merge(
      std::uint64_t most_pages = std::numeric_limits<std::uint64_t>::max()) const {
    std::size_t open = 0;  // of the newest runs
    while (open < runs_.size() && !is_settled(*runs_[runs_.size() - 1 - open], most_pages))
      ++open;
    std::size_t count = 0;
    while (count < open && tier_of(*runs_[runs_.size() - 1 - count]) == tier_of(*runs_.back()))
      ++count;
    if (open > kMostRuns)
      count = open;
    else if (count < kMergeWidth)
      return {};
    std::uint64_t pages = 0;
    std::size_t fitting = 0;
    while (fitting < count && pages <= most_pages)
      pages += runs_[runs_.size() - 1 - fitting++]->page_count();
    return {runs_.end() - static_cast<std::ptrdiff_t>(fitting), runs_.end()};
  }

  /// These runs cannot be merged; they stay as they are.
  void leave_alone(const std::vector<Pointer>& runs) { left_alone_.insert(runs.begin(), runs.end()); }

  [[nodiscard]] const std::vector<Pointer>& runs() const { return runs_; }  // oldest first

  /// The last record that the runs cover; 0 when there are none.
  [[nodiscard]] RecordNumber covered() const {
    return runs_.empty() ? RecordNumber{0} : runs_.back()->range().last;
  }

  [[nodiscard]] std::uint64_t bytes_on_disk() const {
    std::uint64_t bytes = 0;
    for (const Pointer& run : runs_)
      bytes += run->bytes_on_disk();
    return bytes;
  }

 private:
  explicit RunFolder(FileSystem& files) : files_(&files) {}

  /// So many neighbouring runs of about the same size become one.
  static constexpr std::size_t kMergeWidth = 4;

  /// With more runs than this all of them become one, whatever their sizes.
  static constexpr std::size_t kMostRuns = 16;

  /// Runs of one tier differ in size by less than kMergeWidth.
  static std::size_t tier_of(const Run& run) {
    std::size_t tier = 0;
    for (std::uint64_t size = run.page_count(); size >= kMergeWidth; size /= kMergeWidth)
      ++tier;
    return tier;
  }

  bool is_settled(const Run& run, std::uint64_t most_pages) const {
    return run.page_count() >= most_pages / 2 ||
           std::any_of(left_alone_.begin(), left_alone_.end(),
                       [&](const Pointer& left) { return left.get() == &run; });
  }

  StoreResult<void> order(const std::filesystem::path& directory) {
    // The widest of those that begin together first, so that what it has superseded comes behind it.
    std::sort(runs_.begin(), runs_.end(), [](const Pointer& left, const Pointer& right) {
      const RecordRange a = left->range();
      const RecordRange b = right->range();
      if (a.first != b.first)
        return a.first < b.first;
      return a.last != b.last ? a.last > b.last : left->revision() > right->revision();
    });
    std::vector<Pointer> valid;
    for (Pointer& run : runs_) {
      if (!valid.empty() && valid.back()->range().contains(run->range()))
        superseded_.push_back(std::move(run));
      else if (!valid.empty() && run->range().first.value() != valid.back()->range().last.value() + 1)
        return damage(directory, "a file is missing before " + run->path().filename().string());
      else
        valid.push_back(std::move(run));
    }
    runs_ = std::move(valid);
    return remove_superseded();
  }

  FileSystem* files_;
  std::vector<Pointer> runs_;
  std::vector<Pointer> superseded_;  // their files are still to be removed
  std::set<Pointer> left_alone_;
  std::set<std::filesystem::path> disowned_;
};

}  // namespace hourglass::engine
