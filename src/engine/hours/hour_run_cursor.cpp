#include "engine/hours/hour_run_cursor.hpp"

#include <algorithm>

namespace hourglass::engine {

StoreResult<bool> HourRunCursor::load_page() {
  groups_.clear();
  next_group_ = 0;
  if (next_page_ == run_->page_count())
    return false;
  const auto page = run_->read_page(next_page_++);
  if (!page)
    return base::unexpected(page.error());
  HourPageReader reader(*page);
  while (const auto group = reader.next()) {
    Group& loaded = groups_.emplace_back(Group{group->hour, group->begins, group->totals, {}});
    loaded.users.reserve(group->count);
    group->for_each([&](std::uint64_t hash) {
      loaded.users.push_back(hash);
      return true;
    });
  }
  if (reader.failed())
    return damage(run_->path(), "page " + std::to_string(next_page_ - 1) + " makes no sense");
  return true;
}

StoreResult<bool> HourRunCursor::next_hour() {
  while (true) {
    while (next_group_ < groups_.size()) {
      Group& group = groups_[next_group_++];
      if (!group.begins)
        continue;
      hour_ = group.hour;
      totals_ = group.totals;
      users_ = std::move(group.users);
      user_ = 0;
      before_first_user_ = true;
      return true;
    }
    if (auto more = load_page(); !more || !*more)
      return more;
  }
}

StoreResult<bool> HourRunCursor::seek(core::Hour hour) {
  groups_.clear();
  next_group_ = 0;
  next_page_ = run_->page_count() == 0 ? 0 : run_->page_of(hour, 0);
  while (true) {
    auto found = next_hour();
    if (!found || !*found || hour_ >= hour)
      return found;
  }
}

StoreResult<bool> HourRunCursor::next_user() {
  if (before_first_user_) {
    before_first_user_ = false;
    if (!users_.empty())
      return true;
  } else if (user_ + 1 < users_.size()) {
    ++user_;
    return true;
  }
  auto more = next_users();
  if (!more)
    return base::unexpected(more.error());
  users_ = std::move(*more);
  user_ = 0;
  before_first_user_ = false;
  return !users_.empty();
}

StoreResult<std::vector<std::uint64_t>> HourRunCursor::next_users() {
  if (before_first_user_ && !users_.empty())
    return std::exchange(users_, {});
  // The hour goes on in the first group of the next page, if it goes on at all.
  if (next_group_ == groups_.size()) {
    if (const auto more = load_page(); !more)
      return base::unexpected(more.error());
  }
  if (next_group_ == groups_.size() || groups_[next_group_].begins)
    return std::vector<std::uint64_t>();
  return std::move(groups_[next_group_++].users);
}

namespace {

/// Writes the users of one hour, taken from several runs, in ascending order.
StoreResult<void> merge_users(HourRunWriter& writer, const std::vector<HourRunCursor*>& sources) {
  const auto above = [](const HourRunCursor* left, const HourRunCursor* right) {
    return left->user() > right->user();
  };
  std::vector<HourRunCursor*> heads;
  for (HourRunCursor* source : sources) {
    const auto more = source->next_user();
    if (!more)
      return base::unexpected(more.error());
    if (*more)
      heads.push_back(source);
  }
  std::make_heap(heads.begin(), heads.end(), above);
  while (!heads.empty()) {
    std::pop_heap(heads.begin(), heads.end(), above);
    if (auto added = writer.add_user(heads.back()->user()); !added)
      return added;
    const auto more = heads.back()->next_user();
    if (!more)
      return base::unexpected(more.error());
    if (*more)
      std::push_heap(heads.begin(), heads.end(), above);
    else
      heads.pop_back();
  }
  return {};
}

/// Writes the smallest hour at which the cursors stand and moves those that stand there on; what has come to
/// its end leaves.
StoreResult<void> merge_hour(HourRunWriter& writer, std::vector<HourRunCursor*>& cursors,
                             core::Hour frozen_before) {
  core::Hour hour = cursors.front()->hour();
  for (const HourRunCursor* cursor : cursors)
    hour = std::min(hour, cursor->hour());
  std::vector<HourRunCursor*> sources;
  core::Totals totals;
  for (HourRunCursor* cursor : cursors) {
    if (cursor->hour() == hour) {
      sources.push_back(cursor);
      totals.add(cursor->totals());
    }
  }
  if (auto begun = writer.begin_hour(hour, totals); !begun)
    return begun;
  if (hour >= frozen_before) {
    if (auto merged = merge_users(writer, sources); !merged)
      return merged;
  }
  for (HourRunCursor* source : sources) {
    const auto more = source->next_hour();
    if (!more)
      return base::unexpected(more.error());
    if (!*more)
      std::erase(cursors, source);
  }
  return {};
}

}  // namespace

StoreResult<std::shared_ptr<const HourRun>> merge_hour_runs(FileSystem& files,
                                                            const std::filesystem::path& directory,
                                                            const StoreIdentity& identity,
                                                            const HourRuns& runs, core::Hour frozen_before) {
  auto writer = HourRunWriter::create(files, directory, identity, runs.front()->range().first,
                                      runs.back()->end(), frozen_before);
  if (!writer)
    return base::unexpected(writer.error());
  std::vector<HourRunCursor> all(runs.begin(), runs.end());
  std::vector<HourRunCursor*> cursors;
  for (HourRunCursor& cursor : all) {
    const auto more = cursor.next_hour();
    if (!more)
      return base::unexpected(more.error());
    if (*more)
      cursors.push_back(&cursor);
  }
  while (!cursors.empty()) {
    if (auto merged = merge_hour(*writer, cursors, frozen_before); !merged)
      return base::unexpected(merged.error());
  }
  return writer->finish();
}

}  // namespace hourglass::engine
