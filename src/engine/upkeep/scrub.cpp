#include "engine/upkeep/scrub.hpp"

#include <utility>

namespace hourglass::engine {
namespace {

/// A step a this long: 8 MiB a second.
constexpr std::chrono::milliseconds kStepInterval{125};

/// From the end of a round, or from opening the store, to the next round.
constexpr std::chrono::hours kRoundInterval{24};
constexpr std::chrono::minutes kFirstRound{10};

}  // namespace

std::optional<Scrub::Report> Scrub::advance(std::chrono::milliseconds elapsed,
                                            const std::function<std::deque<ScrubStep>()>& list) {
  std::optional<Report> report;
  if (const auto done = work_.take(false)) {
    report = Report{kStepBytes, std::nullopt};
    if (!*done)
      report->failure = done->error();
    // A damaged page does not hide those behind it.
    const bool goes_on = *done ? **done : done->error().reason == StoreFailure::Reason::damaged;
    if (!goes_on)
      steps_.pop_front();
    if (steps_.empty())
      next_at_ = elapsed + kRoundInterval;
  }
  if (work_.running())
    return report;
  if (!next_at_)
    next_at_ = elapsed + kFirstRound;
  if (elapsed < *next_at_)
    return report;
  if (steps_.empty())
    steps_ = list();
  if (steps_.empty()) {
    next_at_ = elapsed + kRoundInterval;
    return report;
  }
  next_at_ = elapsed + kStepInterval;
  work_.start([&step = steps_.front()] { return step(); });
  return report;
}

}  // namespace hourglass::engine
