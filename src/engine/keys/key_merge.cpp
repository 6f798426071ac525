#include <algorithm>
#include <queue>
#include <utility>

#include "engine/keys/key_window.hpp"

namespace hourglass::engine {
namespace {

/// Walks through a run in the order of its keys, a page in memory at a time.
class RunCursor {
 public:
  explicit RunCursor(std::shared_ptr<const KeyRun> run) : run_(std::move(run)) {}

  /// Goes to the next entry; false at the end.
  StoreResult<bool> next() {
    if (++entry_ < entries_.size())
      return true;
    if (page_ == run_->page_count())
      return false;
    auto entries = run_->read_page(page_++);
    if (!entries)
      return base::unexpected(entries.error());
    entries_ = std::move(*entries);
    entry_ = 0;
    return !entries_.empty();
  }

  [[nodiscard]] const KeyOccurrence& current() const { return entries_[entry_]; }

 private:
  std::shared_ptr<const KeyRun> run_;
  std::size_t page_ = 0;
  std::vector<KeyOccurrence> entries_;
  std::size_t entry_ = 0;
};

}  // namespace

StoreResult<std::shared_ptr<const KeyRun>> merge_key_runs(
    FileSystem& files, const std::filesystem::path& directory, const StoreIdentity& identity,
    const std::vector<std::shared_ptr<const KeyRun>>& runs, std::chrono::milliseconds window,
    core::Timestamp now) {
  auto writer = KeyRunWriter::create(files, directory, identity,
                                     {runs.front()->range().first, runs.back()->range().last});
  if (!writer)
    return base::unexpected(writer.error());

  // The smallest key first; of equal keys the one of the newest run.
  std::vector<RunCursor> cursors(runs.begin(), runs.end());
  const auto later = [&](std::size_t left, std::size_t right) {
    const auto& left_key = cursors[left].current().key;
    const auto& right_key = cursors[right].current().key;
    return left_key != right_key ? right_key < left_key : left < right;
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> heads(later);
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    const auto more = cursors[i].next();
    if (!more)
      return base::unexpected(more.error());
    if (*more)
      heads.push(i);
  }

  std::optional<core::Hash128> previous;
  while (!heads.empty()) {
    const std::size_t head = heads.top();
    heads.pop();
    const KeyOccurrence& occurrence = cursors[head].current();
    const bool inside = occurrence.last.value() + static_cast<std::uint64_t>(window.count()) > now.value();
    if (occurrence.key != previous && inside) {
      if (const auto added = writer->add(occurrence); !added)
        return base::unexpected(added.error());
    }
    previous = occurrence.key;
    const auto more = cursors[head].next();
    if (!more)
      return base::unexpected(more.error());
    if (*more)
      heads.push(head);
  }
  return writer->finish();
}

}  // namespace hourglass::engine
