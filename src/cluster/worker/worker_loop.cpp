#include "cluster/worker/worker_loop.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cluster {

using std::chrono::milliseconds;

WorkerLoop::WorkerLoop(Role role, WorkerParts parts, const ports::Clock& clock)
    : worker_(role),
      parts_(std::move(parts)),
      clock_(clock),
      random_(static_cast<std::minstd_rand::result_type>(clock.elapsed().count())) {}

void WorkerLoop::step() {
  perform();
  publish();
}

void WorkerLoop::perform() {
  switch (worker_.step()) {
    case Worker::Step::load: worker_.loaded(parts_.store->load()); return;
    case Worker::Step::compare: worker_.compared(compare_with_log(worker_.position(), *parts_.log)); return;
    case Worker::Step::revive: revive(); return;
    case Worker::Step::seek: worker_.sought(parts_.log->seek(worker_.position().next)); return;
    case Worker::Step::fetch: fetch(); return;
    case Worker::Step::apply: apply(); return;
    case Worker::Step::recheck: worker_.rechecked(parts_.store->next()); return;
    case Worker::Step::pause: pause(); return;
  }
}

void WorkerLoop::fetch() {
  keep_up();
  auto batch = parts_.log->fetch(kMostRecordsOfABatch, kIdleTime);
  if (batch && !batch->records.empty())
    batch = gather(std::move(*batch));
  if (batch)
    see_end(std::max(batch->end, batch->next));
  worker_.fetched(std::move(batch));
}

/// A cold store keeps a row for each batch, so that fewer and larger ones are better there.
StoreResult<Fetched> WorkerLoop::gather(Fetched batch) {
  const auto end = applied_ + parts_.gather;
  while (batch.records.size() < kMostRecordsOfABatch) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - clock_.elapsed());
    if (left <= milliseconds{0})
      break;
    auto more = parts_.log->fetch(kMostRecordsOfABatch - batch.records.size(), left);
    if (!more)
      return more;
    batch.next = more->next;
    batch.end = more->end;
    std::move(more->records.begin(), more->records.end(), std::back_inserter(batch.records));
  }
  return batch;
}

void WorkerLoop::apply() {
  const auto began = clock_.elapsed();
  applied_ = began;
  const Fetched& batch = worker_.batch();
  const ApplyResult result = parts_.store->apply(worker_.position().next, batch.next, batch.records);
  counted_.applying = clock_.elapsed() - began;
  if (std::holds_alternative<Applied>(result)) {
    counted_.batches += 1;
    counted_.records += batch.records.size();
    parts_.log->commit(batch.next);
  }
  counted_.moved += std::holds_alternative<Moved>(result) ? 1 : 0;
  counted_.corrupt += std::holds_alternative<Corrupt>(result) ? 1 : 0;
  worker_.applied(result);
}

void WorkerLoop::revive() {
  const StoreResult<bool> revived = parts_.revive(*parts_.log, worker_.seen());
  counted_.revived += revived && *revived ? 1 : 0;
  worker_.revived(revived);
}

void WorkerLoop::see_end(Offset end) {
  counted_.end = std::max(counted_.end.value_or(end), end);
}

/// Between half the time and the whole. The log may grow on while the store stands still.
void WorkerLoop::pause() {
  if (const auto range = parts_.log->range())
    see_end(range->end);
  publish();
  const auto longest = worker_.pause_time().count();
  parts_.wait(milliseconds{longest - std::uniform_int_distribution<std::int64_t>(0, longest / 2)(random_)});
  worker_.paused();
}

void WorkerLoop::keep_up() {
  if (clock_.elapsed() - kept_up_ < kUpkeepPeriod)
    return;
  kept_up_ = clock_.elapsed();
  if (parts_.upkeep)
    parts_.upkeep(worker_.position());
  if (parts_.hours_after) {
    const auto held = parts_.hours_after(hour_of(worker_.position().time));
    counted_.future_hours = held ? std::optional(*held) : std::nullopt;
  }
}

void WorkerLoop::publish() {
  counted_.is_running = worker_.is_running();
  counted_.next = worker_.has_position() ? std::optional(worker_.position().next) : std::nullopt;
  counted_.time = worker_.position().time;
  counted_.trouble = worker_.trouble();
  if (parts_.alarm && counted_.alarm != worker_.alarm())
    parts_.alarm(worker_.alarm());
  counted_.alarm = worker_.alarm();
  const std::lock_guard lock(mutex_);
  status_ = counted_;
}

PartitionStatus WorkerLoop::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace hourglass::cluster
