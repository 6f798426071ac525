#include "engine/engine.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/background_thread.hpp"
#include "engine/commit_queue.hpp"
#include "engine/engine_counters.hpp"
#include "engine/export/store_export.hpp"
#include "engine/files/directory_lock.hpp"
#include "engine/files/posix_file_system.hpp"
#include "engine/hours/totals_board.hpp"
#include "engine/store.hpp"

namespace hourglass::engine {
namespace {

using base::Error;
using base::ErrorCode;
using base::fail;
using ports::LogLevel;
using ports::StoreCondition;
using ports::Submission;

constexpr std::uint64_t kMaxQueuedBytes = 256ULL * 1024 * 1024;
constexpr std::uint64_t kMaxCommitBytes = 32ULL * 1024 * 1024;

/// How long after a failed commit the store is opened again, if the first attempt fails too.
constexpr std::chrono::seconds kReopenDelay{1};

/// How often the store looks after itself when there is nothing to commit.
constexpr std::chrono::milliseconds kTickInterval{500};

/// The part of the memory that may hold what has not gone to a run yet, and the most that is of use.
constexpr std::uint64_t kUnsavedShare = 8;
constexpr std::uint64_t kMostUnsavedBytes = 64 << 20;

std::uint64_t memory_of(const Submission& submission) {
  std::uint64_t bytes = sizeof(Submission);
  for (const core::Event& event : submission.events) {
    bytes += sizeof(core::Event) + sizeof(EventHashes) + event.user.bytes().size();
    bytes += event.key ? event.key->text().size() : 0;
  }
  return bytes;
}

/// Gives the submissions of one commit back, one call an origin.
void give_back(std::vector<QueuedSubmission> submissions) {
  std::vector<std::pair<ports::SubmissionOrigin*, std::vector<std::unique_ptr<Submission>>>> by_origin;
  for (QueuedSubmission& queued : submissions) {
    ports::SubmissionOrigin* origin = queued.submission->origin;
    auto group =
        std::find_if(by_origin.begin(), by_origin.end(), [&](const auto& g) { return g.first == origin; });
    if (group == by_origin.end()) {
      by_origin.emplace_back().first = origin;
      group = by_origin.end() - 1;
    }
    group->second.push_back(std::move(queued.submission));
  }
  for (auto& [origin, group] : by_origin)
    origin->finished(std::move(group));
}

}  // namespace

/// The commit thread and what it shares with the threads that submit and read.
class Engine::Implementation {
 public:
  Implementation(EngineSettings settings, const ports::Clock& clock, ports::Log& log,
                 std::unique_ptr<FileSystem> files)
      : settings_(std::move(settings)), clock_(clock), log_(log), files_(std::move(files)) {}

  void start(std::function<void(base::StartFailure)> on_failed) {
    thread_ = std::thread([this, on_failed = std::move(on_failed)] { run(on_failed); });
  }

  void close() {
    queue_.close();  // first: who sees closing_ relies on nothing being taken in any more
    closing_.store(true);
    if (thread_.joinable())
      thread_.join();
    set_state(StoreCondition::closed, "closed");
  }

  base::Result<void> submit(std::unique_ptr<Submission>& submission) {
    if (auto usable = check_usable(); !usable)
      return usable;
    QueuedSubmission queued{nullptr, {}, memory_of(*submission)};
    queued.hashes.reserve(submission->events.size());
    for (const core::Event& event : submission->events)
      queued.hashes.push_back(hash_event(hash_key_, event));
    queued.submission = std::move(submission);
    const CommitQueue::Push push = queue_.push(queued);
    if (push == CommitQueue::Push::taken)
      return {};
    submission = std::move(queued.submission);
    if (push == CommitQueue::Push::closed)
      return fail(ErrorCode::shutting_down, "the server is shutting down; nothing was counted");
    return fail(ErrorCode::overloaded, "too many events wait for the disk; nothing was counted");
  }

  base::Result<ports::HourReading> read(core::Hour hour) const {
    if (!readable_.load(std::memory_order_acquire))
      return fail(ErrorCode::store_unavailable, "the store is being recovered");
    const auto reading = board_.read(hour);
    if (reading)
      return *reading;
    return read_failure(reading.error());
  }

  base::Result<std::uint64_t> unique_users(std::vector<core::Hour> hours) {
    if (auto usable = check_usable(); !usable)
      return base::failure_of(std::move(usable));
    std::sort(hours.begin(), hours.end());
    hours.erase(std::unique(hours.begin(), hours.end()), hours.end());
    if (!hours.empty() && hours.front() < first_open_hour())
      return fail(ErrorCode::hour_frozen, "an hour is older than retention.users: its users are not kept");
    std::future<StoreResult<HourUsers>> answer = ask(std::move(hours));
    try {
      auto users = answer.get();
      const auto count = users ? count_unique_users(std::move(*users)) : base::unexpected(users.error());
      if (count)
        return *count;
      return read_failure(count.error());
    } catch (const std::future_error&) {  // the store was closed before it came to the question
      return fail(ErrorCode::shutting_down, "the server is shutting down");
    }
  }

  base::Result<std::unique_ptr<ports::EventExport>> begin_export(core::HourRange hours,
                                                                 std::function<bool()> cancelled) {
    if (!readable_.load(std::memory_order_acquire))
      return fail(ErrorCode::store_unavailable, "the store is being recovered");
    return engine::begin_export(*files_, settings_.data_directory, hours, std::move(cancelled));
  }

  core::Hour first_open_hour() const { return board_.first_open_hour(); }

  ports::StoreState state() const {
    const std::lock_guard lock(state_mutex_);
    return state_;
  }

  std::vector<ports::MetricFamily> metrics() const { return counters_.metrics(queue_.event_count()); }

 private:
  /// What another thread wants to know of the store.
  struct Question {
    std::vector<core::Hour> hours;
    std::promise<StoreResult<HourUsers>> answer;
  };

  std::future<StoreResult<HourUsers>> ask(std::vector<core::Hour> hours) {
    Question question{std::move(hours), {}};
    std::future<StoreResult<HourUsers>> answer = question.answer.get_future();
    {
      const std::lock_guard lock(questions_mutex_);
      if (takes_questions_)
        questions_.push_back(std::move(question));
    }
    queue_.interrupt();
    return answer;
  }

  static tl::unexpected<Error> read_failure(const StoreFailure& failure) {
    if (failure.reason == StoreFailure::Reason::damaged)
      return fail(ErrorCode::hour_damaged, "what is stored of this hour is damaged");
    return fail(ErrorCode::store_unavailable, "the store cannot be read at the moment");
  }

  base::Result<void> check_usable() const {
    switch (condition_.load(std::memory_order_acquire)) {
      case StoreCondition::ready: return {};
      case StoreCondition::closed:
        return fail(ErrorCode::shutting_down, "the server is shutting down; nothing was counted");
      case StoreCondition::recovering:
      case StoreCondition::unavailable: break;
    }
    return fail(ErrorCode::store_unavailable,
                "the store is not available at the moment; nothing was counted");
  }

  void set_state(StoreCondition condition, std::string detail) {
    const std::lock_guard lock(state_mutex_);
    state_ = {condition, std::move(detail)};
    condition_.store(condition, std::memory_order_release);
  }

  StoreResult<std::unique_ptr<Store>> open_store() {
    StoreSettings settings;
    settings.directory = settings_.data_directory;
    settings.keys.window = settings_.idempotency_window;
    settings.hours.memory_bytes = settings_.memory_bytes;
    settings.hours.unsaved_bytes = std::min(settings_.memory_bytes / kUnsavedShare, kMostUnsavedBytes);
    settings.hours.rest = settings_.seal_after;
    settings.spill_bytes = settings_.replay_bytes;
    settings.log.segment_bytes = std::min(settings.log.segment_bytes, settings_.replay_bytes / 2);
    settings.log.allocation_bytes = settings.log.segment_bytes;
    settings.retention = {settings_.events_age, settings_.events_bytes};
    settings.users_age = settings_.users_age;
    const Executors executors{[this](std::function<void()> work) { quick_.run(std::move(work)); },
                              [this](std::function<void()> work) { slow_.run(std::move(work)); }};
    return Store::open(std::move(settings), {*files_, clock_, log_, executors, board_, counters_},
                       [this] { return closing_.load(std::memory_order_relaxed); });
  }

  void run(const std::function<void(base::StartFailure)>& on_failed) {
    auto lock = DirectoryLock::acquire(settings_.data_directory);
    if (!lock) {
      on_failed(lock.error());
      return;
    }
    const auto began = clock_.elapsed();
    auto store = open_store();
    if (!store) {
      if (store.error().reason != StoreFailure::Reason::cancelled)
        on_failed({store.error().message});
      return;
    }
    hash_key_ = (*store)->identity().hash_key;
    readable_.store(true, std::memory_order_release);
    set_state(StoreCondition::ready, "ready");
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.elapsed() - began);
    log_.write(LogLevel::info, "ready", {{"recovery_ms", std::int64_t{milliseconds.count()}}});
    commit_until_closed(std::move(*store));
  }

  void commit_until_closed(std::unique_ptr<Store> store) {
    while (true) {
      std::vector<QueuedSubmission> submissions = queue_.take(kMaxCommitBytes, kTickInterval);
      answer_questions(*store);
      if (submissions.empty()) {
        if (queue_.closed())
          break;
        store->tick();
        continue;
      }
      const auto began = clock_.elapsed();
      const Store::Health health = store->commit(submissions);
      counters_.commit_seconds.record(std::chrono::duration<double>(clock_.elapsed() - began).count());
      if (health == Store::Health::broken)
        set_state(StoreCondition::unavailable, "the store is opened again after a failed write");
      give_back(std::move(submissions));
      if (health == Store::Health::broken) {
        store = open_again(std::move(store));
        if (!store)
          return refuse_rest();
      }
    }
    store->close();
    drop_questions();
  }

  /// Whoever still waits for an answer hears that there will be none.
  void drop_questions() {
    const std::lock_guard lock(questions_mutex_);
    questions_.clear();
    takes_questions_ = false;
  }

  /// Looks up, between two commits, what other threads want to know of the store.
  void answer_questions(const Store& store) {
    std::vector<Question> questions;
    {
      const std::lock_guard lock(questions_mutex_);
      questions = std::exchange(questions_, {});
    }
    for (Question& question : questions)
      question.answer.set_value(store.hours().users_of(question.hours));
  }

  /// After a failed write the disk is the truth. Reads go on from what was published meanwhile.
  std::unique_ptr<Store> open_again(std::unique_ptr<Store> broken) {
    broken.reset();
    while (!closing_.load()) {
      give_back(unavailable(queue_.take_all()));
      auto store = open_store();
      if (store) {
        set_state(StoreCondition::ready, "ready");
        log_.write(LogLevel::info, "the store is available again");
        return std::move(*store);
      }
      set_state(StoreCondition::unavailable, store.error().message);
      log_.write(LogLevel::error, "cannot open the store again", {{"reason", store.error().message}});
      std::this_thread::sleep_for(kReopenDelay);
    }
    return nullptr;
  }

  void refuse_rest() {
    give_back(unavailable(queue_.take_all()));
    drop_questions();
  }

  static std::vector<QueuedSubmission> unavailable(std::vector<QueuedSubmission> submissions) {
    for (QueuedSubmission& queued : submissions)
      queued.submission->failure = Error{ErrorCode::store_unavailable,
                                         "the store is not available at the moment; nothing was counted"};
    return submissions;
  }

  const EngineSettings settings_;
  const ports::Clock& clock_;
  ports::Log& log_;

  const std::unique_ptr<FileSystem> files_;
  base::BackgroundThread quick_;
  base::BackgroundThread slow_;
  TotalsBoard board_;
  EngineCounters counters_;
  CommitQueue queue_{kMaxQueuedBytes};
  std::mutex questions_mutex_;
  std::vector<Question> questions_;
  bool takes_questions_ = true;
  core::HashKey hash_key_{};  // written once, before the condition becomes ready
  std::atomic<bool> readable_{false};
  std::atomic<bool> closing_{false};
  std::atomic<StoreCondition> condition_{StoreCondition::recovering};
  mutable std::mutex state_mutex_;
  ports::StoreState state_{StoreCondition::recovering, "recovering"};
  std::thread thread_;
};

Engine::Engine(EngineSettings settings, const ports::Clock& clock, ports::Log& log)
    : Engine(std::move(settings), clock, log, std::make_unique<PosixFileSystem>()) {}

Engine::Engine(EngineSettings settings, const ports::Clock& clock, ports::Log& log,
               std::unique_ptr<FileSystem> files)
    : implementation_(std::make_unique<Implementation>(std::move(settings), clock, log, std::move(files))) {}

Engine::~Engine() {
  close();
}

void Engine::start(std::function<void(base::StartFailure)> on_failed) {
  implementation_->start(std::move(on_failed));
}

void Engine::close() {
  implementation_->close();
}

base::Result<void> Engine::submit(std::unique_ptr<ports::Submission>& submission) {
  return implementation_->submit(submission);
}

std::optional<base::Result<ports::HourReading>> Engine::read_now(core::Hour hour) const {
  return implementation_->read(hour);
}

void Engine::begin_read(std::unique_ptr<ports::PendingRead> read) {
  read->answer = implementation_->read(read->hour);
  ports::ReadOrigin* origin = read->origin;
  std::vector<std::unique_ptr<ports::PendingRead>> answered;
  answered.push_back(std::move(read));
  origin->answered(std::move(answered));
}

base::Result<std::uint64_t> Engine::unique_users(std::vector<core::Hour> hours) {
  return implementation_->unique_users(std::move(hours));
}

base::Result<std::unique_ptr<ports::EventExport>> Engine::begin_export(core::HourRange hours,
                                                                       std::function<bool()> cancelled) {
  return implementation_->begin_export(hours, std::move(cancelled));
}

core::Hour Engine::first_open_hour() const {
  return implementation_->first_open_hour();
}

ports::StoreState Engine::state() const {
  return implementation_->state();
}

std::vector<ports::MetricFamily> Engine::metrics() const {
  return implementation_->metrics();
}

}  // namespace hourglass::engine
