// How a FollowedLog finds the generations of its log: at the start the one to go on from, later the next.
#include <algorithm>
#include <iterator>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

#include "cli/input/followed_log.hpp"
#include "engine/files/posix_file_system.hpp"

namespace hourglass::cli {
namespace {

/// How often the file of the position is looked for when it is not there: it may be in the middle of a
/// rotation.
constexpr int kLooks = 5;
constexpr std::chrono::milliseconds kBetweenLooks{100};

/// By so much the times of files may lag behind the clock.
constexpr std::chrono::milliseconds kClockStep{10};

WriteTime now_of_files() {
  const auto now = std::chrono::system_clock::now() - kClockStep;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
}

}  // namespace

FollowedLog::FollowedLog(FollowSettings settings)
    : settings_(std::move(settings)),
      files_(std::make_unique<engine::PosixFileSystem>()),
      position_file_(*files_, settings_.position),
      counter_(settings_.temporary) {}

base::Expected<FollowedLog, std::string> FollowedLog::open(FollowSettings settings) {
  settings.log = std::filesystem::absolute(settings.log).lexically_normal();
  settings.position = std::filesystem::absolute(settings.position).lexically_normal();
  if (settings.log.string().find('\n') != std::string::npos)
    return base::unexpected("the name of the log must not hold a line feed: " + settings.log.string());
  if (settings.log == settings.position)
    return base::unexpected("the position file must not be the log itself: " + settings.log.string());
  std::error_code ignored;
  if (std::filesystem::exists(settings.log, ignored) &&
      !std::filesystem::is_regular_file(settings.log, ignored))
    return base::unexpected(settings.log.string() + " cannot be followed: it is not a regular file");
  auto lock = PositionLock::acquire(settings.position);
  if (!lock)
    return base::unexpected(lock.error());
  FollowedLog log(std::move(settings));
  log.lock_ = *std::move(lock);
  const auto position = log.position_file_.read(log.settings_.log);
  if (!position)
    return base::unexpected(position.error());
  auto begun = *position ? log.go_on_from(**position) : log.start_anew();
  if (!begun)
    return base::unexpected(std::move(begun.error()));
  return log;
}

base::Expected<std::vector<LogGeneration>, std::string> FollowedLog::generations() const {
  return find_generations(settings_.log,
                          [this](const std::filesystem::path& path) { return position_file_.owns(path); });
}

/// Keeps the beginning as a position: what is rotated before the first line is acknowledged is found again.
base::Expected<void, std::string> FollowedLog::start_anew() {
  since_ = now_of_files();
  const auto found = generations();
  if (!found)
    return base::unexpected(found.error());
  LogPosition position;
  position.log = settings_.log.string();
  position.since = since_;
  if (!found->empty() && found->back().is_log) {
    if (!found->back().failure.empty())
      return base::unexpected(found->back().failure);
    position.beginning = LogBeginning::of(found->back().beginning);
    position.file = found->back().file;
  }
  if (auto written = position_file_.write(position); !written)
    return written;
  position_file_.keep_counts({});
  return go_on_from(position);
}

base::Expected<void, std::string> FollowedLog::go_on_from(const LogPosition& position) {
  position_file_.keep_counts({position.counts});
  if (position.beginning.length == 0) {
    since_ = position.since;
    return {};
  }
  for (int look = 1;; ++look) {
    const auto generation = find_again(position);
    if (!generation && look < kLooks) {
      std::this_thread::sleep_for(kBetweenLooks);
      continue;
    }
    if (!generation)
      return base::unexpected(generation.error());
    auto reader = GenerationReader::open(*generation, settings_.stop);
    if (!reader)
      return base::unexpected(std::move(reader.error()));
    if (!*reader)
      continue;  // rotated just now
    reader_ = std::move(*reader);
    replayed_until_ = position.offset;
    if (generation->is_log && generation->size < position.offset) {
      settings_.notice(
          settings_.log.string() +
          " is shorter than it was; it is read again from its beginning, which counts nothing twice");
      replayed_until_ = 0;
    }
    begun_.push_back({next_number_++, position.beginning, reader_->identity(), position.counts});
    return take_over(position.counts);
  }
}

/// The generation that a position stands in, whatever it is called now.
base::Expected<LogGeneration, std::string> FollowedLog::find_again(const LogPosition& position) {
  const auto found = generations();
  if (!found)
    return base::unexpected(found.error());
  std::vector<LogGeneration> candidates;
  std::ranges::copy_if(*found, std::back_inserter(candidates), [&](const LogGeneration& generation) {
    return position.beginning.begins(generation.beginning);
  });
  // The log may be shorter than the position, where a copy has what it held. The same file is the right one.
  const auto is_short = [&](const LogGeneration& generation) {
    return generation.is_plain && generation.size < position.offset;
  };
  std::ranges::stable_sort(candidates, {}, [&](const LogGeneration& generation) {
    return std::tuple(is_short(generation), !are_same(generation.file, position.file));
  });
  const std::string where =
      " (line " + std::to_string(position.line) + ", byte " + std::to_string(position.offset) + ")";
  const std::string advice = "; send by hand what may be missing, which counts nothing twice, then remove " +
                             settings_.position.string() + " to start anew with " + settings_.log.string();
  if (candidates.empty()) {
    std::string message =
        "the file in which " + settings_.position.string() + " stands" + where + " is no longer among " +
        settings_.log.string() +
        "*: the lines behind that, and those of files that were rotated since, may be missing";
    for (const LogGeneration& generation : *found)
      if (!generation.failure.empty())
        message += "; " + generation.failure;
    return base::unexpected(message + advice);
  }
  if (candidates.size() > 1 && !are_same(candidates[0].file, position.file) && !is_short(candidates[1]))
    return base::unexpected("both " + candidates[0].path.string() + " and " + candidates[1].path.string() +
                            " begin as the file in which " + settings_.position.string() + " stands" + where +
                            advice);
  return candidates[0];
}

/// The generations behind the current one, the oldest first.
std::vector<LogGeneration> FollowedLog::newer_than_current(std::vector<LogGeneration> found) const {
  auto current = found.end();
  if (reader_) {
    current = std::ranges::find_if(found, [this](const auto& one) { return reader_->is_same_file(one); });
    if (current == found.end())
      current = std::ranges::find_if(
          found, [this](const auto& one) { return !one.is_log && reader_->is_same_text(one); });
  }
  if (current != found.end())
    found.erase(found.begin(), current + 1);
  else if (reader_)  // it has been removed, and what it was older than cannot be told
    std::erase_if(found, [](const auto& one) { return !one.is_log; });
  else
    std::erase_if(found, [&](const auto& one) { return !one.is_log && one.written <= since_; });
  return found;
}

/// The next generation that has text.
base::Expected<std::optional<LogGeneration>, std::string> FollowedLog::successor() {
  auto found = generations();
  if (!found)
    return base::unexpected(std::move(found.error()));
  is_gone_ = reader_ && std::ranges::none_of(*found, [this](const auto& one) {
               return reader_->is_same_file(one) || (!one.is_log && reader_->is_same_text(one));
             });
  for (LogGeneration& generation : newer_than_current(std::move(*found))) {
    if (!generation.has_rotated_name && !generation.is_log) {
      if (passed_over_.insert(generation.path).second)
        settings_.notice(generation.path.string() + " is passed over: it is not named as a rotated " +
                         settings_.log.filename().string() + " would be");
      continue;
    }
    if (!generation.failure.empty())
      return base::unexpected(std::move(generation.failure));
    if (!generation.beginning.empty())
      return std::move(generation);
  }
  return std::nullopt;
}

}  // namespace hourglass::cli
