#include "cluster/worker/worker.hpp"

#include <algorithm>
#include <utility>

namespace hourglass::cluster {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr unsigned kMostDoublings = 6;
constexpr std::chrono::milliseconds kAlarmPause{10'000};

}  // namespace

std::chrono::milliseconds Worker::pause_time() const {
  if (!alarm_.empty())
    return kAlarmPause;
  return kFirstPause * (1U << std::min(failures_, kMostDoublings));
}

void Worker::loaded(const StoreResult<std::optional<StorePosition>>& result) {
  if (!result)
    return fail(result.error());
  is_empty_ = !*result;
  has_position_ = !is_empty_ || role_ == Role::cold;
  if (!has_position_)
    return revive_from(std::nullopt);
  position_ = result->value_or(StorePosition{});
  step_ = Step::compare;
}

void Worker::compared(const StoreResult<LogMatch>& result) {
  if (!result)
    return fail(result.error());
  if (*result != LogMatch::same)
    return lost_in_log(*result);
  behind_.reset();
  step_ = Step::seek;
}

void Worker::lost_in_log(LogMatch match) {
  if (role_ == Role::hot)
    return revive_from(position_.next);
  if (match == LogMatch::other)
    return raise_alarm(
        "the cold store has counted another log than this one: the topic was made anew, or lost records");
  // Somebody else may have moved the store on while this worker slept, and the log may have forgotten what
  // was counted. It has lost records only if the store still stands where it stood.
  if (std::exchange(behind_, position_.next) != position_.next) {
    step_ = Step::load;
    return;
  }
  if (is_empty_)
    return raise_alarm(
        "the cold store holds nothing of this partition, and the log does not begin at 0 any more: bring "
        "back the store's data, or begin with a new topic");
  raise_alarm("the log no longer has the records that the cold store is to count next");
}

void Worker::revive_from(std::optional<Offset> seen) {
  seen_ = seen;
  step_ = Step::revive;
}

void Worker::revived(const StoreResult<bool>& result) {
  if (!result)
    return fail(result.error());
  if (!*result)
    return fail({Remedy::retry, "somebody else has moved the hot store meanwhile"});
  step_ = Step::load;
}

void Worker::sought(const StoreResult<void>& result) {
  if (!result)
    return fail(result.error());
  step_ = Step::fetch;
}

void Worker::fetched(StoreResult<Fetched> result) {
  if (!result)
    return fail(result.error());
  if (result->next == position_.next) {
    step_ = Step::recheck;
    return;
  }
  batch_ = std::move(*result);
  step_ = Step::apply;
}

void Worker::applied(const ApplyResult& result) {
  if (const auto* fault = std::get_if<StoreFault>(&result))
    return fail(*fault);
  if (const auto* corrupt = std::get_if<Corrupt>(&result); corrupt != nullptr && role_ == Role::hot)
    return revive_from(corrupt->next);
  if (!std::holds_alternative<Applied>(result)) {
    step_ = Step::load;
    return;
  }
  position_.next = batch_.next;
  for (const Record& record : batch_.records)
    position_.time = std::max(position_.time, record.time);
  is_empty_ = false;
  succeeded();
}

void Worker::rechecked(const StoreResult<std::optional<Offset>>& result) {
  if (!result)
    return fail(result.error());
  // A cold store that is still empty stands at 0.
  if (result->value_or(Offset{0}) != position_.next || (!*result && !is_empty_)) {
    step_ = Step::load;
    return;
  }
  succeeded();
}

void Worker::succeeded() {
  failures_ = 0;
  trouble_.clear();
  alarm_.clear();
  step_ = Step::fetch;
}

void Worker::paused() {
  step_ = Step::load;
}

void Worker::fail(const StoreFault& fault) {
  if (fault.remedy == Remedy::person)
    return raise_alarm(fault.message);
  alarm_.clear();
  trouble_ = fault.message;
  step_ = Step::pause;
  ++failures_;
}

void Worker::raise_alarm(std::string message) {
  trouble_ = message;
  alarm_ = std::move(message);
  step_ = Step::pause;
}

}  // namespace hourglass::cluster
