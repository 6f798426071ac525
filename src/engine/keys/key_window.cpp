#include "engine/keys/key_window.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hourglass::engine {
namespace {

/// So many neighbouring runs of about the same size become one.
constexpr std::size_t kMergeWidth = 4;

constexpr std::uint64_t kRetryDelayMilliseconds = 5'000;

/// With more runs than this all of them become one, whatever their sizes.
constexpr std::size_t kMostRuns = 16;

/// Runs of one tier differ in size by less than kMergeWidth.
std::size_t tier_of(const KeyRun& run) {
  std::size_t tier = 0;
  for (std::uint64_t size = run.entry_count(); size >= kMergeWidth; size /= kMergeWidth)
    ++tier;
  return tier;
}

}  // namespace

KeyWindow::KeyWindow(FileSystem& files, std::filesystem::path directory, const StoreIdentity& identity,
                     KeyWindowSettings settings, Executor executor)
    : files_(files),
      directory_(std::move(directory)),
      identity_(identity),
      settings_(settings),
      executor_(std::move(executor)) {}

KeyWindow::~KeyWindow() {
  if (work_.valid())
    work_.wait();
}

StoreResult<std::unique_ptr<KeyWindow>> KeyWindow::open(FileSystem& files, std::filesystem::path directory,
                                                        const StoreIdentity& identity,
                                                        KeyWindowSettings settings, Executor executor) {
  std::unique_ptr<KeyWindow> window(
      new KeyWindow(files, std::move(directory), identity, settings, std::move(executor)));
  if (auto loaded = window->load_runs(); !loaded)
    return base::unexpected(loaded.error());
  return window;
}

StoreResult<void> KeyWindow::load_runs() {
  const auto names = files_.list(directory_);
  if (!names)
    return io_failure(names.error());
  for (const std::string& name : *names) {
    if (name.ends_with(kUnfinishedSuffix)) {
      if (const auto removed = files_.remove(directory_ / name); !removed)
        return io_failure(removed.error());
      continue;
    }
    auto run = KeyRun::open(files_, directory_ / name, identity_);
    if (!run)
      return base::unexpected(run.error());
    runs_.push_back(std::move(*run));
  }
  // The widest of those that begin together first, so that what a merge has superseded comes behind it.
  std::sort(runs_.begin(), runs_.end(), [](const Run& left, const Run& right) {
    const RecordRange a = left->range();
    const RecordRange b = right->range();
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  for (std::size_t i = 1; i < runs_.size();) {
    if (contains(runs_[i - 1]->range(), runs_[i]->range())) {
      if (const auto removed = files_.remove(runs_[i]->path()); !removed)
        return io_failure(removed.error());
      runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (runs_[i]->range().first.value() != runs_[i - 1]->range().last.value() + 1) {
      return damage(directory_, "a run of keys is missing before " + runs_[i]->path().filename().string());
    } else {
      ++i;
    }
  }
  return {};
}

bool KeyWindow::is_inside(core::Timestamp last, core::Timestamp now) const {
  return last.value() + static_cast<std::uint64_t>(settings_.window.count()) > now.value();
}

StoreResult<bool> KeyWindow::occurred(const core::Hash128& key, core::Timestamp now) const {
  if (const auto found = recent_.find(key); found != recent_.end())
    return is_inside(found->second, now);
  if (frozen_) {
    if (const auto found = frozen_->find(key); found != frozen_->end())
      return is_inside(found->second, now);
  }
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    const auto last = (*run)->find(key);
    if (!last)
      return base::unexpected(last.error());
    if (*last)
      return is_inside(**last, now);
  }
  return false;
}

void KeyWindow::record(const core::Hash128& key, core::Timestamp now) {
  recent_[key] = now;
}

RecordNumber KeyWindow::covered() const {
  return runs_.empty() ? RecordNumber{0} : runs_.back()->range().last;
}

bool KeyWindow::is_full() const {
  return frozen_ != nullptr && !work_.valid() && recent_.size() >= settings_.keys_in_memory;
}

std::uint64_t KeyWindow::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  for (const Run& run : runs_)
    bytes += run->bytes_on_disk();
  return bytes;
}

StoreResult<void> KeyWindow::advance(RecordNumber noted, core::Timestamp now) {
  const bool recent_is_full = recent_.size() >= settings_.keys_in_memory;
  // With both tables full the writer waits: that is the bound on memory.
  if (auto taken = take_result(recent_is_full && frozen_ != nullptr); !taken) {
    retry_at_ = core::Timestamp{now.value() + kRetryDelayMilliseconds};
    return taken;
  }
  if (work_.valid() || now < retry_at_)
    return {};
  if (auto dropped = drop_expired(now); !dropped)
    return dropped;
  if (frozen_ != nullptr || recent_is_full)
    begin_spill(noted, now);
  else if (runs_to_merge() > 0)
    begin_merge(now);
  return {};
}

void KeyWindow::begin_spill(RecordNumber noted, core::Timestamp now) {
  if (frozen_ == nullptr) {
    frozen_ = std::make_shared<const Table>(std::move(recent_));
    recent_ = Table();
    frozen_range_ = {RecordNumber{covered().value() + 1}, noted};
  }
  start([this, table = frozen_, range = frozen_range_, now]() -> RunResult {
    std::vector<KeyOccurrence> occurrences;
    occurrences.reserve(table->size());
    for (const auto& [key, last] : *table) {
      if (is_inside(last, now))
        occurrences.push_back({key, last});
    }
    std::sort(occurrences.begin(), occurrences.end(),
              [](const KeyOccurrence& left, const KeyOccurrence& right) { return left.key < right.key; });
    auto writer = KeyRunWriter::create(files_, directory_, identity_, range);
    if (!writer)
      return base::unexpected(writer.error());
    for (const KeyOccurrence& occurrence : occurrences) {
      if (const auto added = writer->add(occurrence); !added)
        return base::unexpected(added.error());
    }
    return writer->finish();
  });
}

/// How many of the newest runs are of one tier, where those are enough to be merged; otherwise 0.
std::size_t KeyWindow::runs_to_merge() const {
  if (runs_.size() > kMostRuns)
    return runs_.size();
  std::size_t count = 0;
  while (count < runs_.size() && tier_of(*runs_[runs_.size() - 1 - count]) == tier_of(*runs_.back()))
    ++count;
  return count >= kMergeWidth ? count : 0;
}

void KeyWindow::begin_merge(core::Timestamp now) {
  std::vector<Run> inputs(runs_.end() - static_cast<std::ptrdiff_t>(runs_to_merge()), runs_.end());
  start([this, inputs = std::move(inputs), now] {
    return merge_key_runs(files_, directory_, identity_, inputs, settings_.window, now);
  });
}

void KeyWindow::start(std::function<RunResult()> work) {
  auto task = std::make_shared<std::packaged_task<RunResult()>>(std::move(work));
  work_ = task->get_future();
  executor_([task] { (*task)(); });
}

StoreResult<void> KeyWindow::take_result(bool wait) {
  if (!work_.valid())
    return {};
  if (!wait && work_.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
    return {};
  RunResult result = work_.get();
  if (!result)
    return base::unexpected(result.error());
  return adopt(std::move(*result));
}

StoreResult<void> KeyWindow::adopt(Run run) {
  if (frozen_ != nullptr && run->range() == frozen_range_) {
    frozen_ = nullptr;
    runs_.push_back(std::move(run));
    return {};
  }
  std::vector<Run> kept;
  for (const Run& old : runs_) {
    if (!contains(run->range(), old->range())) {
      kept.push_back(old);
    } else if (const auto removed = files_.remove(old->path()); !removed) {
      return io_failure(removed.error());
    }
  }
  kept.push_back(std::move(run));
  runs_ = std::move(kept);
  return {};
}

/// The oldest runs go first, so that the ranges of those that stay have no gap. The newest stays: it says how
/// far the log has been read for keys.
StoreResult<void> KeyWindow::drop_expired(core::Timestamp now) {
  while (runs_.size() > 1 && !is_inside(runs_.front()->latest(), now)) {
    if (const auto removed = files_.remove(runs_.front()->path()); !removed)
      return io_failure(removed.error());
    runs_.erase(runs_.begin());
  }
  return {};
}

}  // namespace hourglass::engine
