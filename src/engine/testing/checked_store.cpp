#include "engine/testing/checked_store.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/testing/kept_events.hpp"

namespace hourglass::engine {
namespace {

using base::ErrorCode;
using Lane = DeferredWork::Lane;

constexpr std::uint64_t kStart = 1'700'000'000'000;
constexpr Space kRoom{1ULL << 40, 1ULL << 41};
constexpr Space kNoRoom{200'000, 1ULL << 30};

std::string text_of(const core::Totals& totals) {
  return std::to_string(totals.unique_users) + " users, " + std::to_string(totals.clicks) + " clicks, " +
         std::to_string(totals.impressions) + " impressions";
}

std::string text_of(core::Hour hour) {
  return "hour " + std::to_string(hour.value());
}

template <std::size_t Size>
void fill(std::array<std::uint8_t, Size>& bytes, std::mt19937_64& random) {
  for (std::uint8_t& byte : bytes)
    byte = static_cast<std::uint8_t>(random());
}

void require(bool kept, const std::string& otherwise) {
  if (!kept)
    throw BrokenPromise(otherwise);
}

}  // namespace

/// Makes the directory as Store::open() would, but with an identity that follows from the seed.
CheckedStore::CheckedStore(StoreSettings settings, Machine machine, std::uint64_t seed)
    : settings_([&] {
        settings.directory = "/data";
        return std::move(settings);
      }()),
      machine_(std::move(machine)),
      random_(seed),
      clock_(kStart),
      plain_(settings_.keys.window) {
  fill(identity_.id, random_);
  fill(identity_.hash_key, random_);
  for (const char* folder : {kLogName, kKeysName, kHoursName, kEventsName})
    require(files_.make_directory(settings_.directory / folder).has_value(), "cannot make directories");
  require(SegmentLog::create(files_, settings_.directory / kLogName, identity_).has_value() &&
              write_identity(files_, settings_.directory / kIdentityName, identity_).has_value(),
          "cannot make the store");
  files_.before_each_call([this] { do_meanwhile(); });
}

CheckedStore::~CheckedStore() {
  lose_store(false);
}

void CheckedStore::fail_call(std::uint64_t number, int error_number) {
  files_.fail_call(files_.calls() + number, error_number);
  faults_armed_ = disturbed_ = true;
}

void CheckedStore::fail_read(std::uint64_t number) {
  files_.fail_read(files_.reads() + number, EIO);
  faults_armed_ = disturbed_ = true;
}

void CheckedStore::fail_from(std::uint64_t number) {
  files_.fail_from(files_.calls() + number, EIO);
  faults_armed_ = disturbed_ = true;
}

void CheckedStore::end_faults() {
  files_.fail_call(0, 0);
  files_.fail_read(0, 0);
  files_.fail_from(0, 0);
  faults_armed_ = false;
  faults_last_ = false;
}

void CheckedStore::end_brief_faults() {
  if (!faults_last_)
    end_faults();
}

void CheckedStore::set_disk(Disk disk) {
  disk_ = disk;
  disturbed_ = disturbed_ || disk != Disk::roomy;
  files_.set_space(disk == Disk::roomy ? kRoom : kNoRoom);
  files_.set_full(disk == Disk::full);
}

bool CheckedStore::open() {
  FileSystem* files = &files_;
  if (machine_.files)
    files = file_systems_.emplace_back(machine_.files(files_, identity_)).get();
  const ports::Clock* clock = &clock_;
  if (machine_.clock)
    clock = clocks_.emplace_back(machine_.clock(clock_)).get();
  work_.set_immediate(true);  // an opening that fails waits for what it has begun
  auto opened = Store::open(settings_, {*files, *clock, log_, work_.executors(), *board_, counters_},
                            [] { return false; });
  work_.set_immediate(false);
  const bool may_fail = faults_armed_;
  end_brief_faults();
  if (!opened) {
    require(may_fail && opened.error().reason == StoreFailure::Reason::io,
            "the store cannot be opened: " + opened.error().message);
    return false;
  }
  store_ = std::move(*opened);
  plain_.reopen();
  resolve_unknown();
  check_all_hours();
  check_memory();
  return true;
}

/// What nobody knew is known now: all of the commit is there, or nothing.
void CheckedStore::resolve_unknown() {
  if (!unknown_)
    return;
  const PlainStore::Commit commit = *std::exchange(unknown_, std::nullopt);
  if (commit.counted.empty()) {
    plain_.apply_perhaps(commit);
    return;
  }
  const core::Hour hour = commit.counted.front().hour();
  const auto shown = board_->read(hour);
  require(shown.has_value(), text_of(hour) + " cannot be read after opening");
  if (shown->totals != plain_.totals(hour))  // check_all_hours() says what it is otherwise
    plain_.apply(commit);
}

std::vector<QueuedSubmission> CheckedStore::queue(const std::vector<PlainSubmission>& submissions) {
  std::vector<QueuedSubmission> queued;
  for (const PlainSubmission& submission : submissions) {
    QueuedSubmission& next =
        queued.emplace_back(QueuedSubmission{std::make_unique<ports::Submission>(*this), {}, 0});
    for (const PlainEvent& event : submission) {
      next.submission->events.push_back(to_event(event));
      next.hashes.push_back(hash_event(identity_.hash_key, next.submission->events.back()));
    }
  }
  return queued;
}

/// A store waits for background work when as much again has gathered in memory. Here, where nobody else could
/// run that work, it is run before.
void CheckedStore::keep_writer_from_waiting() {
  const std::uint64_t unsaved =
      gained_hours_.size() * HourTable::kBytesPerHour + gained_events_ * HourTable::kBytesPerUnsavedUser;
  if (unsaved >= settings_.hours.unsaved_bytes || gained_events_ >= settings_.keys.keys_in_memory)
    work_.run_all(Lane::quick);
  // What a failure has kept in memory is not reckoned any more only when the store has come to rest.
  if (work_.empty(Lane::quick) && !is_disturbed()) {
    gained_hours_.clear();
    gained_events_ = 0;
  }
}

void CheckedStore::do_meanwhile() {
  if (!inside_store_ || random_() % 4 != 0)
    return;
  inside_store_ = false;
  work_.run_one(random_() % 2 == 0 ? Lane::quick : Lane::slow);
  inside_store_ = true;
}

void CheckedStore::commit(std::vector<PlainSubmission> submissions) {
  keep_writer_from_waiting();
  const PlainStore::Span now = plain_.read_clocks(reading());
  std::uint64_t events = 0;
  for (PlainSubmission& submission : submissions) {
    events += submission.size();
    for (PlainEvent& event : submission) {
      if (plain_.is_uncertain(event, now))
        event.key.reset();
      gained_hours_.insert(event.hour());
    }
  }
  gained_events_ += events;
  largest_commit_ = std::max(largest_commit_, events);
  std::vector<QueuedSubmission> queued = queue(submissions);
  inside_store_ = true;
  const Store::Health health = store_->commit(queued);
  inside_store_ = false;
  judge(queued, submissions, now, health);
  end_brief_faults();
  for (const PlainSubmission& submission : submissions) {
    for (const PlainEvent& event : submission)
      check_hour(event.hour());
  }
  if (health == Store::Health::good) {
    check_memory();
    return;
  }
  run_background();  // whoever throws a store away waits for its work
  lose_store(false);
}

/// Counts what was acknowledged, and checks that what was refused was refused for a reason.
void CheckedStore::judge(const std::vector<QueuedSubmission>& queued,
                         const std::vector<PlainSubmission>& submissions, const PlainStore::Span& now,
                         Store::Health health) {
  std::vector<PlainSubmission> counted;
  std::vector<PlainSubmission> unknown;
  for (std::size_t i = 0; i < queued.size(); ++i) {
    const auto& failure = queued[i].submission->failure;
    if (!failure)
      counted.push_back(submissions[i]);
    else if (failure->code == ErrorCode::outcome_unknown)
      unknown.push_back(submissions[i]);
    else
      check_refusal(*failure);
  }
  require(counted.empty() || unknown.empty(), "a commit was confirmed in part");
  require(counted.empty() || health == Store::Health::good, "a broken store has confirmed");
  require(health == Store::Health::good || faults_armed_, "the store broke for no reason");
  require(counted.empty() || disk_ == Disk::roomy, "the last room on the disk was taken");
  if (!unknown.empty()) {
    require(faults_armed_ && health == Store::Health::broken, "an outcome is unknown for no reason");
    unknown_ = plain_.plan(unknown, now);
  }
  plain_.apply(plain_.plan(counted, now));
}

void CheckedStore::check_refusal(const base::Error& failure) const {
  const bool knows_reason =
      failure.code == ErrorCode::storage_full || failure.code == ErrorCode::store_unavailable;
  require(knows_reason && is_disturbed(), "refused for no reason: " + failure.message);
  require(failure.code != ErrorCode::store_unavailable || faults_armed_,
          "refused although nothing fails: " + failure.message);
}

void CheckedStore::tick() {
  keep_writer_from_waiting();
  plain_.read_clocks(reading());
  inside_store_ = true;
  store_->tick();
  inside_store_ = false;
  end_brief_faults();
  check_memory();
}

void CheckedStore::run_background(Lane lane) {
  work_.run_one(lane);
  end_brief_faults();
}

void CheckedStore::run_background() {
  work_.run_all();
  end_brief_faults();
}

void CheckedStore::close() {
  store_->close();
  work_.run_all();
  lose_store(true);
}

void CheckedStore::kill() {
  lose_store(true);
}

void CheckedStore::cut_power() {
  lose_store(true);
  files_.cut_power(random_);
}

void CheckedStore::lose_store(bool process_ends) {
  work_.drop();
  store_.reset();
  end_faults();
  if (process_ends)
    board_ = std::make_unique<TotalsBoard>();
}

void CheckedStore::check_hour(core::Hour hour) const {
  const auto shown = board_->read(hour);
  require(shown.has_value(), text_of(hour) + " cannot be read: " + (shown ? "" : shown.error().message));
  require(shown->totals == plain_.totals(hour), text_of(hour) + " shows " + text_of(shown->totals) +
                                                    " in place of " + text_of(plain_.totals(hour)));
}

void CheckedStore::check_all_hours() const {
  for (const core::Hour hour : plain_.hours())
    check_hour(hour);
}

/// Above what it may keep the store has what it could not write yet: twice its bound of that, as bytes of
/// hours and as their users, and what the largest commits have brought on top.
void CheckedStore::check_memory() const {
  constexpr std::uint64_t kBytesPerEvent =
      HourTable::kBytesPerHour + HourTable::kBytesPerUser + HourTable::kBytesPerUnsavedUser;
  const std::uint64_t slack = 6 * settings_.hours.unsaved_bytes + 3 * (largest_commit_ + 1) * kBytesPerEvent;
  const std::uint64_t bytes = counters_.hour_memory_bytes.load();
  require(bytes <= settings_.hours.memory_bytes + slack,
          "hours take " + std::to_string(bytes) + " bytes of memory, in place of " +
              std::to_string(settings_.hours.memory_bytes) + " and " + std::to_string(slack));
  const std::uint64_t keys = counters_.keys_in_memory.load();
  require(keys <= 2 * (settings_.keys.keys_in_memory + largest_commit_),
          std::to_string(keys) + " keys are in memory");
}

void CheckedStore::check_kept_events() const {
  auto& files = const_cast<SimulatedFileSystem&>(files_);  // that it only reads is not in its interface
  const auto kept = read_kept_events(files, settings_.directory, identity_);
  require(kept.has_value(), "kept events cannot be read: " + (kept ? "" : kept.error().message));
  const auto& accepted = plain_.accepted();
  std::uint64_t next = kept->empty() ? accepted.size() + 1 : kept->begin()->first;
  if (!settings_.retention.bytes) {
    for (std::uint64_t sequence = 1; sequence < next; ++sequence) {
      const core::Timestamp at = accepted[sequence - 1].log_time.earliest;
      const auto age = settings_.retention.age;
      require(age && at.value() + static_cast<std::uint64_t>(age->count()) <= plain_.now().latest.value(),
              "event " + std::to_string(sequence) + " is not kept any more");
    }
  }
  for (const auto& [sequence, event] : *kept) {
    require(sequence == next++ && sequence <= accepted.size(),
            "event " + std::to_string(sequence) + " is kept out of order, or was never counted");
    const PlainEvent& right = accepted[sequence - 1].event;
    require(event == EventOnDisk{core::Timestamp{right.timestamp}, right.kind, name_of_user(right.user)},
            "event " + std::to_string(sequence) + " is not kept as it was");
  }
  require(next == accepted.size() + 1, "event " + std::to_string(next) + " is not kept");
}

void CheckedStore::settle() {
  end_faults();
  set_disk(Disk::roomy);
  if (!is_open())
    open();
  clock_.pass(settings_.hours.rest);
  for (int i = 0; i < 10; ++i) {
    clock_.pass(std::chrono::seconds{15});
    run_background();
    tick();
  }
  run_background();
  tick();
  disturbed_ = false;
  check_all_hours();
  check_kept_events();
  check_at_rest();
}

void CheckedStore::check_at_rest() const {
  const std::uint64_t now = plain_.now().earliest.value();
  const auto rest = static_cast<std::uint64_t>(settings_.hours.rest.count()) + 60'000;
  for (const core::Hour hour : plain_.hours()) {
    const std::uint64_t end = (hour.value() + 1) * core::kMillisecondsPerHour;
    if (std::max(end, plain_.touched(hour).value()) + rest <= now)
      require(board_->read(hour)->source == ports::Source::cold, text_of(hour) + " is not sealed");
  }
  const std::uint64_t segments = counters_.log_bytes.load() / (64 * 1024);  // each takes that much at least
  require(segments <= 6 * settings_.spill_bytes / settings_.log.segment_bytes + 5,
          "the log has " + std::to_string(segments) + " segments");
  if (settings_.retention.bytes)
    require(counters_.event_bytes.load() <= *settings_.retention.bytes, "events take too much room");
}

}  // namespace hourglass::engine
