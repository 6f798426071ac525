#include "cli/input/followed_log.hpp"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

#include "engine/files/posix_file_system.hpp"

namespace hourglass::cli {
namespace {

constexpr std::chrono::milliseconds kLookAgain{220};

}  // namespace

base::Expected<std::variant<FollowedLine, NoLine>, std::string> FollowedLog::next(
    std::chrono::milliseconds wait) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + wait;
  while (!failure_) {
    if (auto line = line_at_hand())
      return *line;
    if (wait_readable(-1, settings_.stop, std::chrono::milliseconds{0}) == Readiness::stopped)
      return NoLine::stopped;
    const auto has_read = read_on();
    if (!has_read)
      failure_ = has_read.error();
    if (!has_read || *has_read)
      continue;
    watch_left_behind();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0)
      return NoLine::not_yet;
    if (wait_readable(-1, settings_.stop, std::min(left, kLookAgain)) == Readiness::stopped)
      return NoLine::stopped;
  }
  return base::unexpected(*failure_);
}

std::optional<FollowedLine> FollowedLog::line_at_hand() {
  if (rest_)
    return std::exchange(rest_, std::nullopt);
  while (reader_ && !is_ended_) {
    const auto line = reader_->next();
    if (!line)
      break;
    if (line->end_offset <= skipped_until_)
      continue;
    return FollowedLine{*line,
                        {begun_.back().number, line->end_offset, line->number},
                        line->end_offset <= replayed_until_,
                        std::exchange(is_at_beginning_, false)};
  }
  return std::nullopt;
}

/// Looks for more lines. False when there are none for now.
base::Expected<bool, std::string> FollowedLog::read_on() {
  if (!reader_ || is_ended_)
    return end_generation();
  const auto read = reader_->read_more();
  if (!read)
    return base::unexpected(read.error());
  switch (*read) {
    case GenerationReader::Read::text: return true;
    case GenerationReader::Read::replaced: return leave_emptied();
    case GenerationReader::Read::end: break;
  }
  return end_generation();
}

/// At the end of what there is of the current generation: goes on to the next, if there is one and this one
/// is not written to any more.
base::Expected<bool, std::string> FollowedLog::end_generation() {
  struct stat log {};
  const bool is_there = ::stat(settings_.log.c_str(), &log) == 0;
  const bool is_log =
      reader_ && is_there && log.st_dev == reader_->device() && log.st_ino == reader_->identity().inode;
  if (is_log || (reader_ && reader_->is_plain() && !reader_->is_quiet(settings_.grace)) || !has_changed())
    return false;
  const auto next = successor();
  if (!next)
    return base::unexpected(next.error());
  if (!*next)
    return false;
  if (reader_ && !is_ended_) {
    // What was written since the end was seen.
    const auto read = reader_->read_more();
    seen_ = {};
    if (!read || *read != GenerationReader::Read::end)
      return read ? base::Expected<bool, std::string>(true) : base::unexpected(read.error());
    is_ended_ = true;
    const auto line = reader_->take_rest();
    if (line && line->end_offset > skipped_until_) {
      rest_ = FollowedLine{*line,
                           {begun_.back().number, line->end_offset, line->number},
                           line->end_offset <= replayed_until_,
                           std::exchange(is_at_beginning_, false)};
      return true;
    }
  }
  return move_on(**next);
}

/// Whether a rotation may have happened since the last call that gave true. A rotation changes the directory
/// and the log; the time of the directory alone is too coarse.
bool FollowedLog::has_changed() {
  constexpr WriteTime kNanoseconds = 1'000'000'000;
  struct stat directory {};
  struct stat log {};
  (void)::stat(settings_.log.parent_path().c_str(), &directory);
  (void)::stat(settings_.log.c_str(), &log);
  const auto now = std::tuple(directory.st_mtim.tv_sec * kNanoseconds + directory.st_mtim.tv_nsec,
                              std::uint64_t{log.st_ino}, log.st_size > 0);
  return std::exchange(seen_, now) != now;
}

base::Expected<bool, std::string> FollowedLog::move_on(const LogGeneration& next) {
  if (is_gone_)
    settings_.notice(
        "the file that was read before " + next.path.string() +
        " has been removed; what was rotated and removed between the two, if there was any, is missing");
  seen_ = {};
  auto reader = GenerationReader::open(next, settings_.stop);
  if (!reader)
    return base::unexpected(std::move(reader.error()));
  if (!*reader)
    return true;  // rotated just now: look again
  const auto counts = carry_counts();
  if (!counts)
    return base::unexpected(counts.error());
  note_beginning();
  left_behind_ = std::move(reader_);
  reader_ = std::move(*reader);
  begun_.push_back({next_number_++, {}, reader_->identity(), *counts});
  is_ended_ = false;
  is_at_beginning_ = true;
  skipped_until_ = replayed_until_ = 0;
  return true;
}

/// Hands the newest counts on to the next generation.
base::Expected<std::uint64_t, std::string> FollowedLog::carry_counts() {
  const auto newest = counter_.newest(settings_.most_carried);
  if (!newest)
    return base::unexpected(newest.error());
  auto counts = position_file_.write_counts(*newest);
  if (!counts)
    return counts;
  counter_ = OccurrenceCounter(settings_.temporary);
  if (auto loaded = counter_.load(*newest); !loaded)
    return base::unexpected(std::move(loaded.error()));
  return counts;
}

/// The log was emptied under our hands, or written anew: what was read is in a copy, if it is anywhere.
base::Expected<bool, std::string> FollowedLog::leave_emptied() {
  const auto found = generations();
  if (!found)
    return base::unexpected(found.error());
  const std::string was_emptied = reader_->path().string() + " was emptied";
  const auto copy = std::find_if(found->rbegin(), found->rend(), [this](const LogGeneration& generation) {
    return !reader_->is_same_file(generation) && reader_->is_same_text(generation);
  });
  if (copy != found->rend()) {
    skipped_until_ = std::max(skipped_until_, reader_->end_offset());
    settings_.notice(was_emptied + "; its last lines are read from " + copy->path.string());
    return read_anew(*copy);
  }
  const auto shortened = std::ranges::find_if(*found, [this](const LogGeneration& generation) {
    return reader_->is_same_file(generation) && reader_->is_same_text(generation);
  });
  if (shortened != found->end()) {
    settings_.notice(reader_->path().string() +
                     " has become shorter; it is read again from its beginning, which counts nothing twice");
    skipped_until_ = replayed_until_ = 0;
    is_at_beginning_ = true;
    if (auto taken = take_over(begun_.back().counts); !taken)
      return base::unexpected(std::move(taken.error()));
    return read_anew(*shortened);
  }
  settings_.notice(was_emptied + ", and there is no copy of it beside it: lines behind byte " +
                   std::to_string(reader_->end_offset()) + " of it may be missing");
  note_beginning();
  since_ = reader_->written();
  reader_.reset();
  seen_ = {};
  return true;
}

/// Reads the current generation from another file, or from its beginning once more.
base::Expected<bool, std::string> FollowedLog::read_anew(const LogGeneration& generation) {
  auto reader = GenerationReader::open(generation, settings_.stop);
  if (!reader)
    return base::unexpected(std::move(reader.error()));
  if (*reader) {
    reader_ = std::move(*reader);
    begun_.back().file = reader_->identity();
  }
  seen_ = {};
  return true;
}

base::Expected<void, std::string> FollowedLog::take_over(std::uint64_t counts) {
  const auto carried = position_file_.read_counts(counts);
  if (!carried)
    return base::unexpected(carried.error());
  counter_ = OccurrenceCounter(settings_.temporary);
  return counter_.load(*carried);
}

/// What a writer appends to a generation when its successor is being read already is not read any more.
void FollowedLog::watch_left_behind() {
  if (!left_behind_ || !left_behind_->has_grown())
    return;
  settings_.notice(left_behind_->path().string() +
                   " was written to after it had been rotated; send it by hand when it is complete");
  left_behind_.reset();
}

void FollowedLog::note_beginning() {
  if (reader_ && !begun_.empty())
    begun_.back().beginning = LogBeginning::of(reader_->beginning());
}

base::Expected<void, std::string> FollowedLog::keep(const LinePlace& place) {
  note_beginning();
  const bool leaves_generation = !begun_.empty() && begun_.front().number < place.generation;
  while (begun_.size() > 1 && begun_.front().number < place.generation)
    begun_.pop_front();
  const Begun& generation = begun_.front();
  const LogPosition position{settings_.log.string(), generation.beginning, generation.file,
                             place.offset,           place.number,         0,
                             generation.counts};
  if (auto written = position_file_.write(position); !written)
    return written;
  if (leaves_generation) {
    std::set<std::uint64_t> kept;
    for (const Begun& begun : begun_)
      kept.insert(begun.counts);
    position_file_.keep_counts(kept);
  }
  return {};
}

}  // namespace hourglass::cli
