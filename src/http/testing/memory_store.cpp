#include "http/testing/memory_store.hpp"

#include <deque>
#include <utility>

#include "core/json/event_line_text.hpp"

namespace hourglass::http {
namespace {

/// What there was when it was begun.
class MemoryExport final : public ports::EventExport {
 public:
  std::deque<base::Result<std::string>> pieces;
  core::HourList incomplete;
  std::function<bool()> cancelled;

  base::Result<std::string> next() override {
    if (cancelled())
      return base::fail(base::ErrorCode::shutting_down, "cancelled");
    if (pieces.empty())
      return std::string();
    base::Result<std::string> piece = std::move(pieces.front());
    pieces.pop_front();
    return piece;
  }

  [[nodiscard]] const core::HourList& incomplete_hours() const override { return incomplete; }
};

}  // namespace

base::Result<void> MemoryStore::submit(std::unique_ptr<ports::Submission>& submission) {
  {
    const std::lock_guard lock(mutex_);
    if (refusal_)
      return base::unexpected(*refusal_);
    if (holding_) {
      held_.push_back(std::move(submission));
      return {};
    }
  }
  commit(std::move(submission));
  return {};
}

void MemoryStore::commit(std::unique_ptr<ports::Submission> submission) {
  if (failure_)
    submission->failure = failure_;
  else
    record(submission->events);
  {
    const std::lock_guard lock(mutex_);
    submission->written = mark_;
  }
  ports::SubmissionOrigin* origin = submission->origin;
  std::vector<std::unique_ptr<ports::Submission>> finished;
  finished.push_back(std::move(submission));
  origin->finished(std::move(finished));
}

void MemoryStore::record(const std::vector<core::Event>& events) {
  const std::lock_guard lock(mutex_);
  for (const core::Event& event : events) {
    if (event.key && !keys_.insert({event.user.bytes(), event.key->text()}).second)
      continue;
    Hour& hour = hours_[core::hour_of(event.timestamp).value()];
    (event.kind == core::Kind::click ? hour.totals.clicks : hour.totals.impressions) += 1;
    hour.users.insert(event.user.bytes());
    hour.totals.unique_users = hour.users.size();
    const std::string id = "memory-" + std::to_string(++sequence_);
    core::append_event_line(hour.lines.emplace_back(), {event.timestamp, event.user.bytes(), event.kind, id});
  }
}

std::optional<base::Result<ports::HourReading>> MemoryStore::read_now(core::Hour hour) const {
  if (answers_later_)
    return std::nullopt;
  return reading_of(hour);
}

void MemoryStore::begin_read(std::unique_ptr<ports::PendingRead> read) {
  std::vector<std::unique_ptr<ports::PendingRead>> begun;
  {
    const std::lock_guard lock(mutex_);
    marks_read_.push_back(read->contains);
    (holding_reads_ ? held_reads_ : begun).push_back(std::move(read));
  }
  answer(std::move(begun));
}

/// One call an origin and read: they come in any order and number.
void MemoryStore::answer(std::vector<std::unique_ptr<ports::PendingRead>> reads) {
  for (auto& read : reads) {
    read->answer = reading_of(read->hour);
    ports::ReadOrigin* origin = read->origin;
    std::vector<std::unique_ptr<ports::PendingRead>> answered;
    answered.push_back(std::move(read));
    origin->answered(std::move(answered));
  }
}

base::Result<ports::HourReading> MemoryStore::reading_of(core::Hour hour) const {
  const std::lock_guard lock(mutex_);
  if (read_failure_)
    return base::unexpected(*read_failure_);
  const auto found = hours_.find(hour.value());
  return ports::HourReading{found == hours_.end() ? core::Totals{} : found->second.totals,
                            ports::Source::hot};
}

ports::StoreState MemoryStore::state() const {
  const std::lock_guard lock(mutex_);
  return {condition_, "as the test says", dependencies_};
}

void MemoryStore::set_condition(ports::StoreCondition condition) {
  const std::lock_guard lock(mutex_);
  condition_ = condition;
}

void MemoryStore::set_dependencies(std::vector<ports::DependencyState> dependencies) {
  const std::lock_guard lock(mutex_);
  dependencies_ = std::move(dependencies);
}

void MemoryStore::refuse_submissions(std::optional<base::Error> refusal) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(refusal);
}

void MemoryStore::fail_submissions(std::optional<base::Error> failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
}

void MemoryStore::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void MemoryStore::release() {
  std::vector<std::unique_ptr<ports::Submission>> held;
  {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    held.swap(held_);
  }
  for (auto& submission : held)
    commit(std::move(submission));
}

void MemoryStore::hold_reads() {
  answers_later_ = true;
  const std::lock_guard lock(mutex_);
  holding_reads_ = true;
}

void MemoryStore::release_reads() {
  std::vector<std::unique_ptr<ports::PendingRead>> held;
  {
    const std::lock_guard lock(mutex_);
    holding_reads_ = false;
    held.swap(held_reads_);
  }
  answer(std::move(held));
}

void MemoryStore::write_at(ports::LogMark mark) {
  const std::lock_guard lock(mutex_);
  mark_ = std::move(mark);
}

void MemoryStore::fail_reads(std::optional<base::Error> failure) {
  const std::lock_guard lock(mutex_);
  read_failure_ = std::move(failure);
}

std::vector<ports::LogMark> MemoryStore::marks_read() const {
  const std::lock_guard lock(mutex_);
  return marks_read_;
}

base::Result<std::unique_ptr<ports::EventExport>> MemoryStore::begin_export(core::HourRange hours,
                                                                            std::function<bool()> cancelled) {
  const std::lock_guard lock(mutex_);
  if (export_failure_ && pieces_before_failure_ == 0)
    return base::unexpected(*export_failure_);
  auto begun = std::make_unique<MemoryExport>();
  begun->cancelled = std::move(cancelled);
  std::size_t lines = 0;
  for (const auto& [number, hour] : hours_) {
    if (number < hours.first.value() || number >= hours.end.value())
      continue;
    for (const std::string& line : hour.lines) {
      if (lines++ % lines_of_a_piece_ == 0)
        begun->pieces.emplace_back(std::string());
      *begun->pieces.back() += line;
    }
    if (hour.lines.size() < hour.totals.clicks + hour.totals.impressions)
      begun->incomplete.add(core::Hour{number});
  }
  if (export_failure_) {
    begun->pieces.resize(pieces_before_failure_);
    begun->pieces.emplace_back(base::unexpected(*export_failure_));
  }
  return begun;
}

void MemoryStore::forget_events_of(core::Hour hour) {
  const std::lock_guard lock(mutex_);
  hours_[hour.value()].lines.clear();
}

void MemoryStore::fail_exports_after(std::size_t pieces, base::Error failure) {
  const std::lock_guard lock(mutex_);
  pieces_before_failure_ = pieces;
  export_failure_ = std::move(failure);
}

}  // namespace hourglass::http
