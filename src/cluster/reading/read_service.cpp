#include "cluster/reading/read_service.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace hourglass::cluster {
namespace {

using base::ErrorCode;
using ports::Consistency;
using std::chrono::milliseconds;

/// How often the ends are asked for while there are fast reads, whose lag they tell.
constexpr milliseconds kEndsPeriod{100};
constexpr milliseconds kEndsTimeLimit{1'000};

/// How long after a fast read that goes on.
constexpr std::chrono::seconds kInterest{2};

/// Without reads everything is asked this often: it tells whether a read would be answered, and the lag of
/// the next one.
constexpr milliseconds kIdlePeriod{1'000};

/// Brokers that are away for longer may have lost their partitions to others without knowing it yet.
constexpr std::chrono::seconds kTrust{3};

/// Until what is not far enough yet, or did not answer, is asked again.
constexpr milliseconds kRetryEnds{50};
constexpr milliseconds kRetryHot{3};
constexpr milliseconds kRetryCold{20};

std::vector<core::Hour> hours_of(const std::vector<core::Hour>& all) {
  std::vector<core::Hour> hours = all;
  std::sort(hours.begin(), hours.end());
  hours.erase(std::unique(hours.begin(), hours.end()), hours.end());
  return hours;
}

std::size_t index_of(const std::vector<core::Hour>& hours, core::Hour hour) {
  return static_cast<std::size_t>(std::lower_bound(hours.begin(), hours.end(), hour) - hours.begin());
}

}  // namespace

ReadService::ReadService(ReadSettings settings, std::unique_ptr<LogEnds> barrier,
                         std::unique_ptr<LogEnds> ends, std::unique_ptr<HotReader> hot,
                         std::unique_ptr<ColdReader> cold, const ports::Clock& clock)
    : settings_(settings),
      barrier_(std::move(barrier)),
      log_ends_(std::move(ends)),
      hot_(std::move(hot)),
      cold_(std::move(cold)),
      clock_(clock),
      answered_(settings.partitions),
      last_fast_read_(-kInterest) {
  threads_.emplace_back([this] { serve_deadlines(); });
  threads_.emplace_back([this] { serve_ends(); });
  threads_.emplace_back(
      [this] { serve(waiting_for_hot_, &ReadService::ask_hot, &ReadService::look_at_hot); });
  threads_.emplace_back(
      [this] { serve(waiting_for_cold_, &ReadService::ask_cold, &ReadService::look_at_cold); });
}

ReadService::~ReadService() {
  stop();
}

void ReadService::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  deadlines_begin_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
  threads_.clear();
  deadlines_.clear();
  Reads left;
  for (Tasks* queue : {&waiting_for_ends_, &waiting_for_hot_, &waiting_for_cold_}) {
    for (const auto& task : std::exchange(*queue, {})) {
      if (task->read)
        left.push_back(std::move(task->read));
    }
  }
  turn_away(std::move(left));
}

void ReadService::begin(std::unique_ptr<ports::PendingRead> read) {
  const bool is_strong = read->consistency == Consistency::strong;
  const auto now = clock_.elapsed();
  HourRead hour(read->hour, settings_.partitions);
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    Reads refused;
    refused.push_back(std::move(read));
    return turn_away(std::move(refused));
  }
  if (!is_strong) {
    std::vector<Offset> barrier = answered_;
    const auto& own = read->contains.next;
    for (std::size_t index = 0; index < std::min(own.size(), barrier.size()); ++index)
      barrier[index] = std::max(barrier[index], Offset{own[index]});
    hour.require(barrier);
    last_fast_read_ = now;
  }
  const auto patience = is_strong ? settings_.strong_timeout : settings_.fast_wait;
  auto task = std::make_unique<Task>(Task{std::move(read), std::move(hour), !is_strong, now + patience});
  if (is_strong) {
    if (deadlines_.empty())  // a later one is never sooner
      deadlines_begin_.notify_all();
    deadlines_.emplace(task->deadline, task.get());
  }
  put_back(std::move(task));
}

/// Tells strong reads when their time is up, whatever is still waited for on their behalf.
void ReadService::serve_deadlines() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (deadlines_.empty()) {
      deadlines_begin_.wait(lock);
      continue;
    }
    if (const auto left = deadlines_.begin()->first - clock_.elapsed(); left.count() > 0) {
      deadlines_begin_.wait_for(lock, left);
      continue;
    }
    Reads late = take_late();
    lock.unlock();
    finish(std::move(late));
    lock.lock();
  }
}

/// Under the lock.
ReadService::Reads ReadService::take_late() {
  const auto now = clock_.elapsed();
  Reads late;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    late.push_back(std::move(deadlines_.begin()->second->read));
    late.back()->answer =
        base::fail(ErrorCode::deadline_exceeded,
                   "what was acknowledged before could not be read within read.strong_timeout");
    deadlines_.erase(deadlines_.begin());
  }
  return late;
}

/// Into the queue of what it needs next. Under the lock.
void ReadService::put_back(std::unique_ptr<Task> task) {
  Tasks& queue = !task->has_barrier        ? waiting_for_ends_
                 : task->hour.needs_cold() ? waiting_for_cold_
                                           : waiting_for_hot_;
  queue.push_back(std::move(task));
  changed_.notify_all();
}

/// What may be asked for now, as soon as there is any, or nothing in it after a while; nothing at all at the
/// end.
std::optional<ReadService::Tasks> ReadService::take(Tasks& queue, milliseconds longest) {
  const auto end = clock_.elapsed() + longest;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = clock_.elapsed();
    auto wake = end;
    const auto due = std::partition(queue.begin(), queue.end(), [&](const std::unique_ptr<Task>& task) {
      wake = task->not_before > now ? std::min(wake, task->not_before) : wake;
      return task->not_before > now;
    });
    if (due != queue.end() || now >= end) {
      Tasks taken(std::make_move_iterator(due), std::make_move_iterator(queue.end()));
      queue.erase(due, queue.end());
      std::erase_if(taken, [](const std::unique_ptr<Task>& task) { return !task->read; });
      return taken;
    }
    changed_.wait_for(lock, wake - now);
  }
  return std::nullopt;
}

void ReadService::serve_ends() {
  auto last = clock_.elapsed() - kIdlePeriod;
  while (auto tasks = take(waiting_for_ends_, kEndsPeriod)) {
    if (tasks->empty() && !is_time_for_ends(last))
      continue;
    last = clock_.elapsed();
    if (tasks->empty()) {
      ask_ends();
      continue;
    }
    ask_barrier(*tasks);
    settle(std::move(*tasks));
  }
}

bool ReadService::is_time_for_ends(std::chrono::nanoseconds last) {
  const auto now = clock_.elapsed();
  const std::lock_guard lock(mutex_);
  return now - last >= (now - last_fast_read_ < kInterest ? kEndsPeriod : kIdlePeriod);
}

void ReadService::serve(Tasks& queue, void (ReadService::*ask)(Tasks&), void (ReadService::*look)()) {
  while (auto tasks = take(queue, kIdlePeriod)) {
    if (tasks->empty()) {
      (this->*look)();
      continue;
    }
    (this->*ask)(*tasks);
    settle(std::move(*tasks));
  }
}

void ReadService::look_at_hot() {
  const std::vector<core::Hour> any{core::hour_of(clock_.now())};
  std::string trouble;
  for (const HotAnswer& answer : hot_->read(any)) {
    if (!answer)
      trouble = answer.error().message;
  }
  note(&SourcesState::hot_trouble, trouble);
}

void ReadService::look_at_cold() {
  const auto progress = cold_->progress();
  note(&SourcesState::cold_trouble, progress ? "" : progress.error().message);
}

/// What is asked here is shared only with reads that had arrived before.
void ReadService::ask_barrier(Tasks& tasks) {
  const auto asked = clock_.elapsed();
  auto ends = barrier_->ends(std::min(kEndsTimeLimit, settings_.strong_timeout));
  note(&SourcesState::log_trouble, ends ? "" : ends.error().message);
  for (const auto& task : tasks) {
    task->has_barrier = ends.has_value();
    task->not_before = ends ? task->not_before : clock_.elapsed() + kRetryEnds;
    if (ends)
      task->hour.require(*ends);
  }
  if (ends)
    learn(asked, std::move(*ends), std::vector<Offset>(settings_.partitions));
}

/// After a silence the barrier is asked, which no broker can give that has been replaced meanwhile.
void ReadService::ask_ends() {
  const auto asked = clock_.elapsed();
  const bool is_trusted = believed_ && asked - *believed_ <= kTrust;
  std::vector<Offset> known;
  {
    const std::lock_guard lock(mutex_);
    known = answered_;
  }
  auto ends = (is_trusted ? *log_ends_ : *barrier_).ends(kEndsTimeLimit);
  note(&SourcesState::log_trouble, ends ? "" : ends.error().message);
  if (!ends || !learn(asked, std::move(*ends), known))
    believed_.reset();
}

/// False where the log is said to end below what a store was known to hold of it, or where it ended before.
bool ReadService::learn(std::chrono::nanoseconds asked, std::vector<Offset> ends,
                        const std::vector<Offset>& known) {
  const std::lock_guard lock(mutex_);
  if (!reaches(ends, known) || !history_.add(asked, std::move(ends)))
    return false;
  believed_ = asked;
  return true;
}

void ReadService::ask_hot(Tasks& tasks) {
  std::vector<core::Hour> asked;
  for (const auto& task : tasks)
    asked.push_back(task->hour.hour());
  const std::vector<core::Hour> hours = hours_of(asked);
  const std::vector<HotAnswer> answers = hot_->read(hours);
  std::string trouble;
  for (std::size_t index = 0; index < answers.size(); ++index) {
    const HotAnswer& answer = answers[index];
    if (!answer)
      trouble = answer.error().message;
    for (const auto& task : tasks)
      task->hour.offer_hot(Partition{static_cast<std::uint32_t>(index)},
                           answer ? (*answer)[index_of(hours, task->hour.hour())] : std::nullopt);
  }
  note(&SourcesState::hot_trouble, trouble);
  for (const auto& task : tasks)
    task->not_before = task->hour.needs_cold() ? task->not_before : clock_.elapsed() + kRetryHot;
}

/// Progress first: it vouches for the totals that are read after it.
void ReadService::ask_cold(Tasks& tasks) {
  const auto progress = cold_->progress();
  std::vector<core::Hour> asked;
  for (const auto& task : tasks)
    asked.push_back(task->hour.hour());
  std::string trouble = progress ? "" : progress.error().message;
  for (const core::Hour hour : progress ? hours_of(asked) : std::vector<core::Hour>{}) {
    const auto totals = cold_->totals(hour_period(hour));
    if (!totals) {
      trouble = totals.error().message;
      break;
    }
    for (const auto& task : tasks) {
      for (std::size_t index = 0; task->hour.hour() == hour && index < totals->size(); ++index) {
        const Partition partition{static_cast<std::uint32_t>(index)};
        if (task->hour.needs_cold(partition))
          task->hour.offer_cold(partition, (*progress)[index], (*totals)[index]);
      }
    }
  }
  note(&SourcesState::cold_trouble, trouble);
  for (const auto& task : tasks) {
    task->not_before = clock_.elapsed() + kRetryCold;
    task->hour.ask_again();
  }
}

/// Answers what can be answered or has waited long enough; the rest waits on.
void ReadService::settle(Tasks tasks) {
  Reads finished;
  {
    const std::lock_guard lock(mutex_);
    for (auto& task : tasks) {
      if (!task->read)
        continue;
      if (!conclude(*task)) {
        put_back(std::move(task));
        continue;
      }
      deadlines_.erase({task->deadline, task.get()});
      finished.push_back(std::move(task->read));
    }
  }
  finish(std::move(finished));
}

/// Answers it, if its time has come. Under the lock.
bool ReadService::conclude(Task& task) {
  const bool is_fast = task.read->consistency == Consistency::fast;
  const bool is_late = is_fast && clock_.elapsed() >= task.deadline;
  if (task.has_barrier && (task.hour.is_done() || (is_late && task.hour.has_answer())))
    task.read->answer = reading(task);
  else if (is_late && !task.hour.needs_cold())
    task.read->answer =
        base::fail(ErrorCode::store_unavailable, "neither the hot nor the cold store answers");
  return task.read->answer.has_value();
}

ports::HourReading ReadService::reading(const Task& task) {
  const HourRead::Answer answer = task.hour.answer();
  for (std::size_t index = 0; index < answer.next.size(); ++index)
    answered_[index] = std::max(answered_[index], answer.next[index]);
  ports::HourReading reading;
  reading.totals = answer.totals;
  reading.source = answer.is_from_cold ? ports::Source::cold : ports::Source::hot;
  if (task.read->consistency == Consistency::fast)
    reading.lag = history_.lag(answer.next, clock_.elapsed());
  return reading;
}

void ReadService::turn_away(Reads reads) {
  for (const auto& read : reads)
    read->answer = base::fail(ErrorCode::shutting_down, "the server is shutting down");
  finish(std::move(reads));
}

void ReadService::finish(Reads reads) {
  std::map<ports::ReadOrigin*, Reads> by_origin;
  for (auto& read : reads)
    by_origin[read->origin].push_back(std::move(read));
  for (auto& [origin, answered] : by_origin)
    origin->answered(std::move(answered));
}

void ReadService::note(std::string SourcesState::*trouble, const std::string& message) {
  const std::lock_guard lock(mutex_);
  sources_.*trouble = message;
}

SourcesState ReadService::sources() const {
  const std::lock_guard lock(mutex_);
  return sources_;
}

}  // namespace hourglass::cluster
