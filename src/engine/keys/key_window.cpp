#include "engine/keys/key_window.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hourglass::engine {
namespace {

constexpr std::chrono::seconds kRetryDelay{5};

}  // namespace

KeyWindow::KeyWindow(FileSystem& files, std::filesystem::path directory, const StoreIdentity& identity,
                     KeyWindowSettings settings, const Executors& executors, RunFolder<KeyRun> runs)
    : files_(files),
      directory_(std::move(directory)),
      identity_(identity),
      settings_(settings),
      runs_(std::move(runs)),
      spill_(executors.quick),
      merge_(executors.slow) {}

StoreResult<std::unique_ptr<KeyWindow>> KeyWindow::open(FileSystem& files, std::filesystem::path directory,
                                                        const StoreIdentity& identity,
                                                        KeyWindowSettings settings,
                                                        const Executors& executors) {
  auto runs = RunFolder<KeyRun>::open(files, directory, identity);
  if (!runs)
    return base::unexpected(runs.error());
  return std::unique_ptr<KeyWindow>(
      new KeyWindow(files, std::move(directory), identity, settings, executors, std::move(*runs)));
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
  const auto& runs = runs_.runs();
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
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

bool KeyWindow::is_full() const {
  return frozen_ != nullptr && !spill_.running() && recent_.size() >= settings_.keys_in_memory;
}

StoreResult<void> KeyWindow::advance(RecordNumber noted, const Moment& now) {
  if (auto taken = take_results(); !taken) {
    retry_at_ = now.elapsed + kRetryDelay;
    return taken;
  }
  if (now.elapsed < retry_at_)
    return {};
  const bool requested = spill_requested_ && noted > covered();
  const bool recent_is_full = recent_.size() >= settings_.keys_in_memory;
  if (!spill_.running() && (frozen_ != nullptr || recent_is_full || requested))
    begin_spill(noted, now.log_time);
  if (merge_.running())
    return {};
  if (auto dropped = drop_expired(now.log_time); !dropped)
    return dropped;
  begin_merge(now.log_time);
  return {};
}

StoreResult<void> KeyWindow::take_results() {
  // With both tables full the writer waits: that is the bound on memory.
  const bool both_full = recent_.size() >= settings_.keys_in_memory && frozen_ != nullptr;
  if (auto spilled = spill_.take(both_full)) {
    if (!*spilled)
      return base::unexpected(spilled->error());
    frozen_ = nullptr;
    runs_.adopt(std::move(**spilled));
  }
  if (auto merged = merge_.take(false)) {
    if (!*merged) {
      runs_.disown(directory_ / key_run_name(merging_));
      return base::unexpected(merged->error());
    }
    runs_.adopt(std::move(**merged));
  }
  return runs_.remove_superseded();
}

void KeyWindow::begin_spill(RecordNumber noted, core::Timestamp now) {
  if (frozen_ == nullptr) {
    frozen_ = std::make_shared<const Table>(std::move(recent_));
    recent_ = Table();
    frozen_range_ = {RecordNumber{covered().value() + 1}, noted};
    spill_requested_ = false;
  }
  spill_.start([this, table = frozen_, range = frozen_range_, now]() -> StoreResult<Run> {
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

void KeyWindow::begin_merge(core::Timestamp now) {
  auto inputs = runs_.to_merge();
  if (inputs.empty())
    return;
  merging_ = {inputs.front()->range().first, inputs.back()->range().last};
  merge_.start([this, inputs = std::move(inputs), now] {
    return merge_key_runs(files_, directory_, identity_, inputs, settings_.window, now);
  });
}

/// The oldest runs go first, so that the ranges of those that stay have no gap. The newest stays: it says how
/// far the log has been read for keys.
StoreResult<void> KeyWindow::drop_expired(core::Timestamp now) {
  while (runs_.runs().size() > 1 && !is_inside(runs_.runs().front()->latest(), now)) {
    if (auto dropped = runs_.drop_oldest(); !dropped)
      return dropped;
  }
  return {};
}

}  // namespace hourglass::engine
