// What a store does beside commits: moving what memory holds to disk, cutting the log, letting go of old
// events.

#include <algorithm>
#include <utility>

#include "engine/events/event_file_writer.hpp"
#include "engine/store.hpp"

namespace hourglass::engine {
namespace {

constexpr std::chrono::milliseconds kExpireInterval{60'000};
constexpr std::chrono::milliseconds kForecastInterval{30'000};
constexpr std::chrono::milliseconds kRetryDelay{5'000};
constexpr std::chrono::milliseconds kReportInterval{10'000};

/// From telling everybody that an hour is frozen to refusing what was accepted before that.
constexpr std::chrono::milliseconds kFreezeDelay{60'000};

/// Rewrites a closed segment of the log as an event file.
StoreResult<std::shared_ptr<const EventFile>> archive_segment(FileSystem& files,
                                                              const std::filesystem::path& directory,
                                                              const StoreIdentity& identity,
                                                              const std::filesystem::path& segment_path,
                                                              const ClosedSegment& segment) {
  const auto content = read_whole(files, segment_path);
  if (!content)
    return io_failure(content.error());
  EventFileWriter writer(files, directory, identity, segment.range);
  core::Timestamp log_time;
  const SegmentScan scan =
      scan_segment(*content, segment.range.first, identity.checksum_seed(), [&](const LogRecord& record) {
        const auto commit = decode_commit(record.payload);
        if (!is_commit(record.type) || !commit)
          return;
        log_time = commit->log_time;
        std::uint64_t sequence = commit->first_sequence.value();
        for (const RecordedEvent& event : commit->events)
          writer.add({Sequence{sequence++}, event.timestamp, event.kind, event.user});
      });
  if (scan.end != SegmentScan::End::ended || scan.next_record.value() != segment.range.last.value() + 1)
    return damage(segment_path, "it does not hold what was written");
  return writer.finish(log_time);
}

}  // namespace

void Store::tick() {
  look_after(read_clock());
  publish();
}

void Store::look_after(const Moment& now) {
  if (bytes_since_spill_ >= settings_.spill_bytes) {
    bytes_since_spill_ = 0;
    keys_->request_spill();
    hours_->request_spill();
  }
  freeze_hours(now);
  for (const auto& work : {advance(now), cut_log(now), expire_events(now), forecast(now)}) {
    if (!work)
      report(work.error(), now.elapsed);
  }
  scrub(now);
}

StoreResult<void> Store::advance(const Moment& now) {
  auto keys = keys_->advance(last_record_, now);
  auto hours = hours_->advance(position(), now);
  return keys ? hours : keys;
}

/// The edge is told first, so that no event which it has accepted is refused here.
void Store::freeze_hours(const Moment& now) {
  first_open_hour_ = std::max(first_open_hour_, hours_->frozen_before());
  if (!settings_.users_age)
    return;
  const auto age = static_cast<std::uint64_t>(settings_.users_age->count());
  const core::Hour open =
      core::hour_of(core::Timestamp{now.log_time.value() - std::min(now.log_time.value(), age)});
  if (open > first_open_hour_) {
    first_open_hour_ = open;
    freeze_at_ = now.elapsed + kFreezeDelay;
  } else if (first_open_hour_ > hours_->frozen_before() && now.elapsed >= freeze_at_) {
    hours_->freeze(first_open_hour_, last_record_);
  }
}

/// A segment goes when keys and hours have moved to runs and its events to an event file.
StoreResult<void> Store::cut_log(const Moment& now) {
  if (auto archived = archiving_.take(false)) {
    if (!*archived) {
      archive_next_at_ = now.elapsed + kRetryDelay;
      return base::unexpected(archived->error());
    }
    if (auto adopted = archive_->adopt(std::move(**archived)); !adopted)
      return adopted;
  }
  if (archiving_.running() || now.elapsed < archive_next_at_)
    return {};
  const RecordNumber covered = std::min(keys_->covered(), hours_->covered().record);
  while (!log_->closed_segments().empty()) {
    const ClosedSegment segment = log_->closed_segments().front();
    if (segment.range.last > covered)
      return {};
    if (segment.range.last > archive_->covered()) {
      begin_archiving(segment);
      return {};
    }
    if (auto removed = log_->remove_oldest_segment(); !removed)
      return removed;
  }
  return {};
}

void Store::begin_archiving(const ClosedSegment& segment) {
  archiving_.start([this, segment, path = log_->path_of(segment.number)] {
    return archive_segment(services_.files, settings_.directory / kEventsName, identity_, path, segment);
  });
}

StoreResult<void> Store::expire_events(const Moment& now) {
  if (now.elapsed < expire_next_at_ || archiving_.running())
    return {};
  expire_next_at_ = now.elapsed + kExpireInterval;
  return archive_->expire(now.log_time, settings_.retention);
}

void Store::scrub(const Moment& now) {
  const auto report = scrub_.advance(now.elapsed, [this] { return scrub_steps(); });
  if (!report)
    return;
  services_.counters.scrubbed_bytes.fetch_add(report->bytes, std::memory_order_relaxed);
  if (report->failure && report->failure->reason == StoreFailure::Reason::damaged) {
    services_.counters.damages_found.fetch_add(1, std::memory_order_relaxed);
    services_.log.write(ports::LogLevel::error, "damage was found", {{"reason", report->failure->message}});
  }
}

std::deque<ScrubStep> Store::scrub_steps() const {
  std::deque<ScrubStep> steps;
  for (const auto& run : keys_->runs().runs())
    steps.push_back(scrub_step(run, KeyRun::kPageSize));
  for (const auto& run : hours_->runs().runs())
    steps.push_back(scrub_step(run, kHourPageSize));
  for (const auto& file : archive_->files()) {
    steps.emplace_back([file, done = false]() mutable -> StoreResult<bool> {
      if (std::exchange(done, true))
        return false;
      const auto read = file->read_all([](const KeptEvent&) { return StoreResult<void>{}; });
      return read ? StoreResult<bool>{false} : base::unexpected(read.error());
    });
  }
  return steps;
}

StoreResult<void> Store::forecast(const Moment& now) {
  if (now.elapsed < forecast_next_at_)
    return {};
  forecast_next_at_ = now.elapsed + kForecastInterval;
  const auto space = services_.files.space(settings_.directory);
  if (!space)
    return io_failure(space.error());
  forecast_.note(now.elapsed, bytes_on_disk(), space->free_bytes);
  services_.counters.seconds_until_full.store(forecast_.seconds_left(), std::memory_order_relaxed);
  return {};
}

std::uint64_t Store::bytes_on_disk() const {
  return log_->bytes_on_disk() + keys_->bytes_on_disk() + hours_->runs().bytes_on_disk() +
         archive_->bytes_on_disk();
}

/// Troubles come with every commit until they are mended; the log hears of them once in a while.
void Store::report(const StoreFailure& failure, std::chrono::milliseconds elapsed) {
  if (elapsed < report_next_at_)
    return;
  report_next_at_ = elapsed + kReportInterval;
  services_.log.write(ports::LogLevel::error, "the store has trouble with its files",
                      {{"reason", failure.message}});
}

}  // namespace hourglass::engine
