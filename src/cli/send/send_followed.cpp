#include <utility>

#include "cli/input/followed_log.hpp"
#include "cli/send/send_run.hpp"

namespace hourglass::cli {
namespace {

/// How long what has been gathered waits for more lines.
constexpr std::chrono::milliseconds kPatience{200};

/// Sends what a log says and keeps the place up to which that has been taken.
class FollowedSending {
 public:
  FollowedSending(SendRun& run, FollowedLog log) : run_(run), log_(std::move(log)) {}

  base::Expected<void, std::string> send() {
    base::Expected<void, std::string> sent = send_until_stopped();
    // What is under way when the sending ends still counts for the place.
    const auto finished = run_.sending.finish();
    const auto kept = keep_place();
    if (!sent)
      return sent;
    return finished ? kept : finished;
  }

 private:
  base::Expected<void, std::string> send_until_stopped() {
    while (true) {
      const auto next = log_.next(kPatience);
      if (!next)
        return base::unexpected(next.error());
      if (const auto* none = std::get_if<NoLine>(&*next)) {
        if (*none == NoLine::stopped)
          return {};
        if (auto paused = pause(); !paused)
          return paused;
      } else if (auto taken = take(std::get<FollowedLine>(*next)); !taken) {
        return taken;
      }
    }
  }

  base::Expected<void, std::string> take(const FollowedLine& followed) {
    if (followed.begins_generation)
      run_.events.begin_file();
    if (followed.is_replayed) {
      const auto counted = run_.events.take(followed.line.text, count_);
      return counted ? base::Expected<void, std::string>{} : base::unexpected(counted.error());
    }
    Line line = followed.line;
    line.number = followed.place.number;
    line.end_offset = followed.place.offset;
    if (auto taken = run_.sending.take(followed.place.generation, line, count_); !taken)
      return taken;
    run_.bytes_read = followed.place.offset;
    run_.show();
    return run_.sending.has_gathered() ? base::Expected<void, std::string>{} : keep_place();
  }

  /// Nothing is being written: what has come so far goes its way.
  base::Expected<void, std::string> pause() {
    run_.show();
    if (auto flushed = run_.sending.flush(); !flushed)
      return flushed;
    if (auto heard = run_.sending.collect(false); !heard)
      return heard;
    return keep_place();
  }

  base::Expected<void, std::string> keep_place() {
    const auto& place = run_.sending.done_to();
    if (!place || (place->input == kept_.generation && place->end_offset == kept_.offset))
      return {};
    if (auto written = run_.sending.write_rejects(); !written)
      return written;
    kept_ = {place->input, place->end_offset, place->line};
    return log_.keep(kept_);
  }

  SendRun& run_;
  FollowedLog log_;
  LinePlace kept_;
  const LineCount count_ = [this](const LineKey& key) { return log_.count(key); };
};

}  // namespace

base::Expected<void, std::string> send_followed(SendRun& run) {
  FollowSettings settings;
  settings.log = run.options.inputs.front();
  settings.position = position_of(run.options);
  settings.temporary = temporary_directory();
  settings.stop = run.stop;
  settings.notice = [&](const std::string& sentence) { run.notice(sentence); };
  run.input = run.options.inputs.front();
  auto log = FollowedLog::open(std::move(settings));
  if (!log)
    return base::unexpected(log.error());
  return FollowedSending(run, *std::move(log)).send();
}

}  // namespace hourglass::cli
