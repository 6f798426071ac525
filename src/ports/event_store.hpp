#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "core/event.hpp"
#include "core/totals.hpp"

namespace hourglass::ports {

class SubmissionOrigin;

/// Events that are recorded together: all of them become durable, or none, or nobody knows (outcome_unknown).
/// Owned by whoever works on it at the moment: the submitter, then the store, then the submitter again.
struct Submission {
  explicit Submission(SubmissionOrigin& submitted_by) : origin(&submitted_by) {}
  virtual ~Submission() = default;
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

  std::vector<core::Event> events;
  SubmissionOrigin* origin;  // gets it back; outlives it
  std::optional<base::Error>
      failure;  // set by the store; none: every event is durable and counted exactly once
};

/// Who submits, and hears how it ended. One origin stands for one submitting thread.
class SubmissionOrigin {
 public:
  virtual ~SubmissionOrigin() = default;

  /// Called once a commit with all finished submissions of this origin, in the order in which they were
  /// submitted, from a thread of the store. Must not block.
  virtual void finished(std::vector<std::unique_ptr<Submission>> submissions) = 0;
};

enum class StoreCondition { recovering, ready, unavailable, closed };

struct StoreState {
  StoreCondition condition = StoreCondition::recovering;
  std::string detail;  // for people: what it waits for or why it failed
};

/// Whether an hour was answered from memory or from its sealed form.
enum class Source { hot, cold };

struct HourReading {
  core::Totals totals;
  Source source = Source::hot;
};

/// Records events durably and exactly once, and answers for any hour. Callable from every thread.
class EventStore {
 public:
  virtual ~EventStore() = default;

  /// Takes the submission, whose origin will get it back exactly once, or refuses at once, leaving it where
  /// it was: overloaded, store_unavailable or shutting_down. Events of one origin are recorded in the order
  /// of their submission. A key that repeats within the window is not counted again and is no failure.
  virtual base::Result<void> submit(std::unique_ptr<Submission>& submission) = 0;

  /// The totals of an hour from one state that contains every event acknowledged before the call; zeros for
  /// an hour without events. Fails with store_unavailable while the store recovers for the first time, with
  /// hour_damaged where what is stored of the hour is not what was written.
  [[nodiscard]] virtual base::Result<HourReading> read(core::Hour hour) const = 0;

  /// Hours before this one are frozen: their totals stay, but nothing can be added to them any more. Events
  /// for them are to be refused before they are submitted; the store refuses what slips through.
  [[nodiscard]] virtual core::Hour first_open_hour() const = 0;

  [[nodiscard]] virtual StoreState state() const = 0;
};

}  // namespace hourglass::ports
